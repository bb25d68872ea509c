"""Exact amounts as cents that add up to the printed total. Pure.

The rule: inside, every amount is exact. The total is rounded half-even to a cent; each part gets its exact
cents rounded down, and the cents then missing go to the largest remainders, of equal ones to the first. Teams
divide the printed total, and the lines of a team divide the team's printed cents.
"""

from __future__ import annotations

from collections.abc import Sequence

PICO_PER_CENT = 10**10


def rounded(amount: int) -> int:
    """Pico-USD to whole cents, half-even."""
    cents, rest = divmod(amount, PICO_PER_CENT)
    half = PICO_PER_CENT // 2
    return cents + (rest > half or (rest == half and cents % 2 == 1))


def cents(amounts: Sequence[int], total: int) -> list[int]:
    """`amounts` (pico-USD, of either sign) as cents that add up to `total` cents.

    `total` differs from the exact sum by less than a cent a part; otherwise ValueError.
    """
    parts = [amount // PICO_PER_CENT for amount in amounts]
    missing = total - sum(parts)
    if not 0 <= missing <= len(parts):
        raise ValueError(f"{total} cents are not the rounded sum of the parts")
    order = sorted(range(len(parts)), key=lambda n: (-(amounts[n] % PICO_PER_CENT), n))
    for n in order[:missing]:
        parts[n] += 1
    return parts


def in_dollars(amount: int) -> str:
    """Cents as `1,234.56`."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}.{abs(amount) % 100:02}"
