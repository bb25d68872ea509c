"""A transformers model loaded for the CPU, with its tokenizer: by folder or hub id, in 32 or 8 bits.

Whether the hub may be asked is the usual HF_HUB_OFFLINE. Weights are float32 or, with `quantisation: int8`,
linear layers of 8 bits whose inputs are quantised as they come: bfloat16, in which most are published, is
slower than either on processors without instructions for it.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from router.dispatch.model_path import PACKAGE_PREFIX, resolve_model_path
from router.domain.catalog import Endpoint


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """`context`: tokens that it takes, the smaller of what the catalog says and what it was trained for."""

    torch: Any
    model: Any
    tokenizer: Any
    context: int


def model_source(target: str) -> str:
    """The folder, or the hub id, that a catalog's path means. Raises ModelMissing."""
    return str(resolve_model_path(target)) if is_local(target) else target


def is_local(target: str) -> bool:
    """Whether it names a place on this machine; else it is a hub id."""
    return target.startswith((PACKAGE_PREFIX, "/", "./", "../", "~")) or Path(target).is_dir()


def architecture(source: str) -> str:
    """What the model is made for, such as LlamaForCausalLM. Raises OSError without a readable model."""
    config = import_module("transformers").AutoConfig.from_pretrained(source)
    return str((config.architectures or ["unknown"])[0])


def load_model(source: str, kind: str, endpoint: Endpoint, threads: int) -> LoadedModel:
    """`kind`: the auto class that loads it. Raises OSError or ValueError for one that cannot be."""
    torch, library = import_module("torch"), import_module("transformers")
    torch.set_num_threads(threads)
    tokenizer = library.AutoTokenizer.from_pretrained(source)
    model = getattr(library, kind).from_pretrained(source, dtype=torch.float32).eval()
    trained = getattr(model.config, "max_position_embeddings", None)
    context = min(endpoint.context, trained) if trained else endpoint.context
    if endpoint.quantisation == "int8":
        quantize = import_module("torch.ao.quantization").quantize_dynamic
        model = quantize(model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)
        for left in (*model.parameters(), *model.buffers()):
            left.data = left.data.clone()  # else they keep the whole file of weights in memory
        gc.collect()
    with torch.inference_mode():
        # Reads the weights, of which only the addresses are known so far, before anybody waits for them.
        model(input_ids=torch.zeros((1, 1), dtype=torch.long))
    return LoadedModel(torch, model, tokenizer, context)


def fetched(endpoint: Endpoint) -> int | None:
    """Bytes of a hub's model on this machine so far; None: it is a folder, or transformers is not here."""
    if is_local(endpoint.target):
        return None
    try:
        root = import_module("huggingface_hub.constants").HF_HUB_CACHE
    except ModuleNotFoundError:
        return None
    folder = Path(root) / f"models--{endpoint.target.replace('/', '--')}" / "blobs"
    return sum(file.stat().st_size for file in folder.glob("*")) if folder.is_dir() else 0
