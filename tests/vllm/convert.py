"""GGUF weights -> the safetensors folder that vLLM serves. For vLLM's own Python: `convert.py GGUF FOLDER`.

vLLM's GGUF kernels need CUDA, so the weights are dequantised once. A folder that is whole is left alone.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def convert(gguf: Path, folder: Path) -> None:
    """Writes weights, tokenizer and chat template; `folder` appears only when it is whole."""
    if folder.exists():
        return
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    where = {"gguf_file": gguf.name}
    exact = GgufConfig(dequantize=True)  # without it save_pretrained refuses: "not serializable"
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, quantization_config=exact, **where)
    model.save_pretrained(part)
    AutoTokenizer.from_pretrained(gguf.parent, **where).save_pretrained(part)
    part.rename(folder)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
