"""GPU-hour rates of the price book: found by time, refused when they overlap or belong to nobody."""

from __future__ import annotations

from datetime import datetime

RATE = """\
    - endpoint: {endpoint}
      usd_per_gpu_hour: {usd}
      full_load: {{input: 1000, output: 100}}
      valid_from: {start}
      source: finance
"""


def _rates(folder, *rates: dict[str, str]) -> None:
    text = "  currency: USD\n  gpu_hours:\n" + "".join(RATE.format(**rate) for rate in rates)
    folder.edit("prices", "  currency: USD\n", text)


def test_a_rate_is_found_by_endpoint_and_time(folder, now: datetime) -> None:
    """Its bill is the rate times the GPUs, its capacity weighs output as OpenCost does."""
    _rates(folder, {"endpoint": "gpu-simulated", "usd": "2.50", "start": "2026-01-01"})
    rates = folder.load().prices.gpu
    rate = rates.find("gpu-simulated", now)
    assert rate is not None and rates.find("big-us", now) is None
    assert (rate.id, rate.per_hour, rate.capacity) == (
        "gpu-simulated@2026-01-01",
        25 * 10**11,
        1_000 * 1_000 + 100 * 2_500,
    )


def test_overlaps_and_unknown_endpoints_are_refused(folder) -> None:
    """Each with what would be right."""
    _rates(
        folder,
        {"endpoint": "gpu-simulated", "usd": "2", "start": "2026-01-01"},
        {"endpoint": "gpu-simulated", "usd": "3", "start": "2026-02-01"},
        {"endpoint": "gpu-simulatd", "usd": "3", "start": "2026-02-01"},
    )
    found = "\n".join(folder.problems())
    assert "rate gpu-simulated@2026-01-01 overlaps gpu-simulated@2026-02-01" in found
    assert "did you mean 'gpu-simulated'" in found
