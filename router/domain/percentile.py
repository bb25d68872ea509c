"""Percentiles of measured values, where no value between two measured ones is wanted. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank: the smallest of the ascending values that at least `share` (0..1) of them do not exceed;
    None of nothing."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None
