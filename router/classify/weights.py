"""Weighted counts as tables: what n things of a kind add, for every count a concept's byte can hold.

A rule such as "0.6 for each term, five at most" runs some fifty times a request; looking its value up costs
a third of computing it. Must not hold a weight itself.
"""

from __future__ import annotations


def capped(weight: float, most: int) -> tuple[float, ...]:
    """`weight` x min(n, `most`) at each index n of 0..255."""
    return tuple(weight * min(count, most) for count in range(256))
