"""The totals of a month's lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from router.books.periods.lines import is_adjustment, lines
from router.books.rollups.facts import CHARGES, OUTCOMES
from router.books.rollups.meters import ATTEMPTS, UNKNOWN


@dataclass(slots=True)
class Totals:
    """Pico-USD. `usage` + `adjustments` = `cost`; `listed` None: a list price is not known; `simulated` is
    part of `cost`. `unknown` counts attempts whose cost is in no sum."""

    usage: int = 0
    adjustments: int = 0
    listed: int | None = 0
    simulated: int = 0
    requests: int = 0
    attempts: int = 0
    unknown: int = 0

    @property
    def cost(self) -> int:
        return self.usage + self.adjustments


def totals(connection: Connection, month: date) -> Totals:
    """Of an open month as it stands, of a closed one as it was frozen."""
    found = Totals()
    names = ("day", *CHARGES.keys)
    for key, (quantity, cost, listed) in lines(connection, CHARGES, month).items():
        line = dict(zip(names, key, strict=True))
        if is_adjustment(line["day"], month):
            found.adjustments += cost or 0
        else:
            found.usage += cost or 0
        found.simulated += cost or 0 if line["simulated"] else 0
        if cost is not None:
            found.listed = None if listed is None or found.listed is None else found.listed + listed
        if line["meter"] == ATTEMPTS:
            found.attempts += quantity or 0
            found.unknown += quantity or 0 if line["cost_state"] in UNKNOWN else 0
    place = OUTCOMES.measures.index("requests")
    found.requests = sum(m[place] or 0 for m in lines(connection, OUTCOMES, month).values())
    return found
