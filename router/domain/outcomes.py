"""What a good answer costs, beside what a request and a million tokens do. Pure; money in pico-USD.

Verified, judged and reported quality are three different things: each has its own requests, its own share
with interval and its own cost per accepted outcome, and no figure here adds two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from router.domain.interval import wilson

_Z95 = 1.959964
_MILLION = 10**6


class Basis(StrEnum):
    """Who says that an answer is good."""

    VERIFIED = "verified"
    """An outcome check passed or failed."""
    JUDGED = "judged"
    """A judging model preferred or graded it."""
    REPORTED = "reported"
    """A person or app reported a thumb."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The requests that one basis looked at: how many, how many of them good, and the cost of all of them."""

    basis: Basis
    looked_at: int
    good: int
    cost: int

    @property
    def cost_each(self) -> Fraction | None:
        """Cost per accepted outcome: of every request looked at, the bad ones included, over the good ones.
        None: no good one."""
        return Fraction(self.cost, self.good) if self.good else None

    @property
    def share(self) -> tuple[float, float, float] | None:
        """The accepted share with its 95% interval by Wilson: low, share, high. None: nothing looked at."""
        if not self.looked_at:
            return None
        low, high = wilson(self.good, self.looked_at, _Z95)
        return low, self.good / self.looked_at, high


@dataclass(frozen=True, slots=True)
class UnitCost:
    """A group of requests of known cost: how many, their cost with corrections, and their tokens."""

    requests: int
    cost: int
    tokens: int
    accepted: tuple[Accepted, ...]

    @property
    def per_request(self) -> Fraction | None:
        return Fraction(self.cost, self.requests) if self.requests else None

    @property
    def per_million_tokens(self) -> Fraction | None:
        return Fraction(self.cost * _MILLION, self.tokens) if self.tokens else None
