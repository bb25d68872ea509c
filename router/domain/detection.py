"""What a policy looks for in requests, and what was found. A finding is a type and a count, never a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from router.domain.kinds import DataClass
from router.domain.value import value


@value
class Sought:
    """Types of personal data that raise a request to a data class, and the least score, from 0 to 1, with
    which one counts."""

    data_class: DataClass
    types: frozenset[str]
    least: float


@value
class Detected:
    """`data_class` is the strictest class that something was found for; None: nothing was. `found` counts by
    type what raised it or a laxer class. `failed`: why nobody could look, so that the strictest class sought
    holds; None: somebody did."""

    data_class: DataClass | None = None
    found: Mapping[str, int] = field(default_factory=dict)
    failed: str | None = None


def strictest(sought: tuple[Sought, ...]) -> DataClass:
    """What holds where nobody could look. `sought` is not empty."""
    return max((one.data_class for one in sought), key=lambda found: found.rank)


def judged(sought: tuple[Sought, ...], scores: Mapping[str, list[float]]) -> Detected:
    """What hits, by type with their scores from 0 to 1, mean for a policy."""
    held: DataClass | None = None
    found: dict[str, int] = {}
    for one in sought:
        counts = {name: _at_least(scores.get(name, ()), one.least) for name in sorted(one.types)}
        hits = {name: count for name, count in counts.items() if count}
        if hits:
            found |= {name: max(count, found.get(name, 0)) for name, count in hits.items()}
            if held is None or one.data_class.rank > held.rank:
                held = one.data_class
    return Detected(held, found)


def _at_least(scores: Sequence[float], least: float) -> int:
    return sum(score >= least for score in scores)
