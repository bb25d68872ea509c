"""Intervals of shares. Pure."""

from __future__ import annotations

from math import sqrt


def wilson(right: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's score interval (JASA 1927) of the share `right` / `n`, within 0..1; (0, 1) without any n.
    `n` may be an effective number, not whole; `z` is 1.645 for 90% and 1.96 for 95%."""
    if n <= 0:
        return 0.0, 1.0
    p, z2 = right / n, z * z
    middle, scale = p + z2 / (2 * n), 1 + z2 / n
    half = z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
