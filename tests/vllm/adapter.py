"""A LoRA adapter for SmolLM2-135M with made-up weights. Run by vLLM's own Python: `adapter.py FOLDER`.

Rank 4 on the query and value projections, in PEFT's form. The weights are small and from a fixed seed: what
they do to an answer does not matter, only that they do something.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

_LAYERS, _HIDDEN, _KV, _RANK = 30, 576, 192, 4
_CONFIG = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "base_model_name_or_path": "smollm2-135m",
    "r": _RANK,
    "lora_alpha": 8,
    "lora_dropout": 0.0,
    "bias": "none",
    "target_modules": ["q_proj", "v_proj"],
}


def write(folder: Path) -> None:
    """Writes the adapter's two files."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = torch.Generator().manual_seed(7)
    weights = {}
    for layer in range(_LAYERS):
        for name, size in (("q_proj", _HIDDEN), ("v_proj", _KV)):
            key = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            weights[f"{key}.lora_A.weight"] = torch.randn(_RANK, _HIDDEN, generator=draw) * 0.05
            weights[f"{key}.lora_B.weight"] = torch.randn(size, _RANK, generator=draw) * 0.05
    save_file(weights, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps(_CONFIG), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
