"""Two spans of the same length held against each other: what changed, workload by workload. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.books.explain.effects import EFFECTS, Effect, Span, effects
from router.books.explain.words import sentence

Key = tuple[str, str, str | None]
"""Team, project and workload; None: no workload was named."""
Spans = Mapping[Key, Span]


@dataclass(frozen=True, slots=True)
class Change:
    """One workload. `effects` in pico-USD add up to `amount`."""

    team: str
    project: str
    workload: str | None
    effects: Mapping[Effect, int]
    old: Span
    new: Span

    @property
    def amount(self) -> int:
        return self.new.cost - self.old.cost


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that changed, the largest change first; pico-USD, exact."""

    old: int
    new: int
    rows: tuple[Change, ...]

    @property
    def change(self) -> int:
        return self.new - self.old

    @property
    def effects(self) -> dict[Effect, int]:
        """Of all workloads; they add up to `change`."""
        return {name: sum(row.effects[name] for row in self.rows) for name in EFFECTS}

    @property
    def largest(self) -> tuple[Change, Effect] | None:
        """The effect of one workload that moved most in the direction of the whole; None: no change."""
        sign = (self.change > 0) - (self.change < 0)
        cells = [(row, name) for row in self.rows for name in EFFECTS]
        if not sign or not cells:
            return None
        return max(cells, key=lambda cell: sign * cell[0].effects[cell[1]])

    @property
    def cause(self) -> str | None:
        """The largest effect in words; None: no change."""
        if self.largest is None:
            return None
        row, effect = self.largest
        return sentence(row.workload, effect, row.old, row.new)


def explained(old: Spans, new: Spans) -> Explained:
    """`new` against `old`."""
    rows = []
    for key in {*old, *new}:
        before, after = old.get(key, Span()), new.get(key, Span())
        rows.append(Change(*key, effects(before, after), before, after))
    rows.sort(key=lambda row: (-abs(row.amount), row.team, row.project, row.workload or ""))
    was, now = (sum(span.cost for span in spans.values()) for spans in (old, new))
    return Explained(was, now, tuple(rows))
