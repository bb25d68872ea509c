"""A month's statement for whoever is signed in: their lines, with the cents that everybody's statement has.

Cents are divided among all teams and a digest is over all lines, so both need every row: the one place that
reads beyond a principal's teams. What leaves it is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from dashboard import access
from router.books.periods.close import altered
from router.books.statement.build import Statement, build
from router.domain.roles import Principal
from router.domain.teams import Team


@dataclass(frozen=True, slots=True)
class Shown:
    """`intact`: what is stored of a closed month is what was frozen; None: the month is open."""

    statement: Statement
    intact: bool | None


def statement(month: date) -> Shown:
    """Raises LedgerProblem, and what `access.principal` raises."""
    with access.everything() as connection:
        made = build(connection, month)
        intact = None if made.closing is None else not altered(connection, made.closing, month)
    return Shown(_theirs(made, access.principal()), intact)


def _theirs(made: Statement, principal: Principal) -> Statement:
    lines = tuple(line for line in made.lines if principal.sees(Team(line.organisation, line.team)))
    quality = tuple(one for one in made.quality if principal.sees(Team(one.organisation, one.team)))
    return replace(made, lines=lines, quality=quality, printed=sum(line.printed for line in lines))
