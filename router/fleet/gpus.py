"""The GPUs a plan can be made for: memory, memory bandwidth and 16-bit speed.

Prices are not here: what an hour costs is what you pay.
"""

from __future__ import annotations

from typing import NamedTuple


class Gpu(NamedTuple):
    """One device. GiB of memory, GB/s of bandwidth, TFLOP/s dense in bf16; `fp8`: computes in it."""

    name: str
    memory_gib: float
    bandwidth_gb: float
    tflops: float
    fp8: bool


GPUS = {
    gpu.name: gpu
    for gpu in (
        Gpu("l4", 22.5, 300, 121, True),
        Gpu("a10", 22.5, 600, 125, False),
        Gpu("rtx4090", 24, 1008, 165, True),
        Gpu("l40s", 45.0, 864, 362, True),
        Gpu("a100-80", 80, 2039, 312, False),
        Gpu("h100", 79.6, 3350, 989, True),
        Gpu("h200", 140.4, 4800, 989, True),
    )
}
"""Bandwidth and speed of L4, L40S, A10, A100 80GB SXM, H100 SXM and H200 SXM: NVIDIA data sheets, without
sparsity; of the RTX 4090: Ada white paper, FP16 with FP32 accumulation. Memory is what nvidia-smi shows,
which is less than the name says where error correction takes its share."""
