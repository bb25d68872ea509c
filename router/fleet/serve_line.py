"""The `vllm serve` command of a plan. Flags as of vLLM 0.32."""

from __future__ import annotations

import json

from router.fleet.plan import MEMORY_SHARE, Fit

REASONING = {"qwq": "deepseek_r1", "qwen3": "qwen3", "deepseek-r1": "deepseek_r1"}
"""Which parser tells thinking from the answer, by a part of the model's name."""
_QUANTISED = {"bf16": "", "fp8": "", "awq": "-AWQ"}
_TRAINED = {40_960: 32_768}
"""Where a model's config counts room for the answer on top of what it was trained on, as Qwen's do."""


def serve_line(
    model: str, found: Fit, context: int, typical: int, most: int, native: int, adapters: int
) -> str:
    """The command, one flag a line. As many sequences are let in as fit at their `typical` length, at most
    `most`; a `context` over `native` turns YaRN on; `adapters` are LoRA places."""
    flags = [
        f"--served-model-name {model}",
        f"--max-model-len {context}",
        f"--gpu-memory-utilization {MEMORY_SHARE}",
        f"--max-num-seqs {max(1, min(found.sequences(typical), most))}",
        "--enable-prefix-caching",
        "--enable-prompt-tokens-details",  # usage says what came from the cache, so that it is priced as such
    ]
    if found.quantisation == "fp8":
        flags.append("--quantization fp8")
    if found.kv_dtype == "fp8":
        flags.append("--kv-cache-dtype fp8")
    if context > native:
        flags.append(f"--hf-overrides '{json.dumps({'rope_scaling': _stretched(context, native)})}'")
    parser = next((name for part, name in REASONING.items() if part in model.lower()), None)
    if parser is not None:
        flags += [f"--reasoning-parser {parser}", "--enable-auto-tool-choice", "--tool-call-parser hermes"]
    if adapters:
        flags += ["--enable-lora", f"--max-loras {adapters}", "--max-lora-rank 32"]
    return " \\\n  ".join([f"vllm serve {model}{_QUANTISED[found.quantisation]}", *flags])


def _stretched(context: int, native: int) -> dict[str, str | int]:
    """YaRN, by the least whole factor. It costs short requests some quality: give long ones a pool of their
    own."""
    trained = _TRAINED.get(native, native)
    factor = -(-context // trained)
    return {"rope_type": "yarn", "factor": factor, "original_max_position_embeddings": trained}
