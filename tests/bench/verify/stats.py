"""Counts of verdicts against labels, and Wilson's interval of a share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from router.domain import interval
from router.domain.kinds import Verdict

_Z = 1.959964
"""Of a two-sided 95% interval."""


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95% interval of a share of `hits` in `n`; (0, 1) of nothing."""
    return interval.wilson(hits, n, _Z)


def share(hits: int, n: int) -> str:
    """For example "0.4% [0.1, 1.5] (2/480)"."""
    low, high = wilson(hits, n)
    return f"{100 * hits / n if n else 0:.1f}% [{100 * low:.1f}, {100 * high:.1f}] ({hits}/{n})"


@dataclass
class Tally:
    """Verdicts on right and wrong answers of one verifier."""

    name: str
    right: Counter[Verdict] = field(default_factory=Counter)
    wrong: Counter[Verdict] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    def add(self, is_right: bool, verdict: Verdict, what: str) -> None:
        """Counts one case; keeps what it was if the verdict is false."""
        (self.right if is_right else self.wrong)[verdict] += 1
        if verdict is (Verdict.FAILED if is_right else Verdict.PASSED):
            self.mistakes.append(f"{'false reject' if is_right else 'false accept'}: {what}")

    def row(self) -> list[str]:
        """Cases, false accept, false reject, and unverified of right and of wrong answers."""
        right, wrong = self.right.total(), self.wrong.total()
        return [
            self.name,
            str(right + wrong),
            share(self.wrong[Verdict.PASSED], wrong),
            share(self.right[Verdict.FAILED], right),
            share(self.right[Verdict.UNVERIFIED], right),
            share(self.wrong[Verdict.UNVERIFIED], wrong),
        ]
