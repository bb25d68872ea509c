"""A model's shape on a GPU -> what fits, how fast at best, what a token costs. Pure.

Throughput is a roofline: a decoding step reads all weights and every sequence's KV cache once, and computes
two operations per parameter and sequence; it takes as long as the slower of the two. Engines reach a part
of that. The range shown is declared, 40% to 75%, to be replaced by a measurement before money depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from router.fleet.gpus import Gpu
from router.fleet.shape import ModelShape

GIB = 2**30
MEMORY_SHARE = 0.92
"""What vLLM may take, its --gpu-memory-utilization."""
ALLOWANCE = 2 * GIB
"""For activations and CUDA graphs; vLLM prints the true figure at start. Declared."""
BLOCK = 16
"""vLLM's KV cache is in blocks of so many tokens."""
REACHED = (0.40, 0.75)
"""Of the roofline. Declared."""
UTILISATIONS = (Decimal("0.1"), Decimal("0.3"), Decimal("0.5"), Decimal("0.8"))
_TOKENS_SHOWN = 1_000_000
_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Fit:
    """One way to serve the model. `kv_tokens` is the room for cache, 0: the weights alone do not fit."""

    gpu: Gpu
    quantisation: str
    kv_dtype: str
    weight_bytes: int
    kv_bytes: int
    kv_tokens: int

    def sequences(self, context: int) -> int:
        """How many sequences of that length are held at once, none of them preempted."""
        return self.kv_tokens // (-(-context // BLOCK) * BLOCK)


@dataclass(frozen=True, slots=True)
class Speed:
    """Output tokens/s of a full batch of `sequences` with `context` tokens each, and of one alone."""

    sequences: int
    context: int
    low: float
    high: float
    alone: float


def fit(shape: ModelShape, gpu: Gpu, quantisation: str, kv_dtype: str) -> Fit:
    """`kv_dtype` is auto (16 bits) or fp8."""
    weights = shape.weight_bytes(quantisation)
    each = shape.kv_bytes(1 if kv_dtype == "fp8" else 2)
    left = int(gpu.memory_gib * GIB * MEMORY_SHARE) - weights - ALLOWANCE
    return Fit(gpu, quantisation, kv_dtype, weights, each, kv_tokens(left, each))


def kv_tokens(room: int, each: int) -> int:
    """Tokens whose cache fits into `room` bytes, in whole blocks, as vLLM reports it."""
    return max(0, room // (each * BLOCK)) * BLOCK


def speed(shape: ModelShape, found: Fit, context: int, most: int) -> Speed | None:
    """With as many sequences of `context` tokens as fit, at most `most`; None when none does."""
    batch = min(found.sequences(context), most)
    if batch == 0:
        return None
    full = batch / _step(shape, found, context, batch)
    alone = REACHED[1] / _step(shape, found, context, 1)
    return Speed(batch, context, full * REACHED[0], full * REACHED[1], alone)


def cost_per_million(hour: Decimal, tokens_per_s: float, utilisation: Decimal) -> Decimal:
    """US dollars per million output tokens of a GPU that costs `hour` and is busy for that share of time."""
    return hour * _TOKENS_SHOWN / (Decimal(str(tokens_per_s)) * _SECONDS * utilisation)


def _step(shape: ModelShape, found: Fit, context: int, batch: int) -> float:
    """Seconds of one decoding step at the roofline."""
    read = found.weight_bytes + batch * context * found.kv_bytes
    operations = 2 * shape.parameters * batch
    return max(read / (found.gpu.bandwidth_gb * 1e9), operations / (found.gpu.tflops * 1e12))
