"""How fast an endpoint has answered lately: moving averages over its answers. Pure.

Each answer counts a tenth against all before it, the first ten as their plain mean: after 22 answers of
another kind nine tenths of the average are new.
"""

from __future__ import annotations

_SHARE = 0.1
_ENOUGH = 3
"""Answers before an average is worth more than what the catalog says."""


class Average:
    """An exponentially weighted mean."""

    __slots__ = ("_count", "_mean")

    def __init__(self) -> None:
        self._count = 0
        self._mean = 0.0

    def add(self, number: float) -> None:
        self._count += 1
        self._mean += (number - self._mean) * max(_SHARE, 1.0 / self._count)

    @property
    def known(self) -> float | None:
        """The mean; None: of too few."""
        return self._mean if self._count >= _ENOUGH else None


class Pace:
    """Seconds of a whole answer (`service`), until its first byte of substance (`first`, streams only), and
    per output token after it (`token`)."""

    def __init__(self) -> None:
        self.service = Average()
        self.first = Average()
        self.token = Average()

    def answered(self, seconds: float, first: float | None, output: int | None) -> None:
        """One answer came to its end."""
        self.service.add(seconds)
        if first is not None:
            self.first.add(first)
        if output:
            self.token.add(max(0.0, seconds - (first or 0.0)) / output)
