"""Whole amounts divided so that the parts add up to the whole, to the last pico-dollar. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """`total` >= 0 in parts proportional to `weights` >= 0, by largest remainder (Hamilton's method).

    Each part is its exact share rounded down or up; what rounding down leaves over goes to the largest
    remainders, of equal ones to the first. Raises ValueError when there is something to divide and no weight.
    """
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nothing to divide by: every weight is 0")
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for n in remainders[: total - sum(parts)]:
        parts[n] += 1
    return parts
