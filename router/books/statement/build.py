"""A month's statement: lines of every team by project, workload and model, and what came of its requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from router.books.months import name
from router.books.periods.calendar import Closing, calendar
from router.books.periods.lines import is_adjustment, lines
from router.books.rollups.facts import CHARGES
from router.books.rollups.gpu import NO_TEAM
from router.books.rollups.meters import ATTEMPTS, UNKNOWN
from router.books.statement.cents import cents, rounded
from router.books.statement.quality import Quality, quality_of
from router.domain.teams import Team

TOKENS = ("uncached_input", "cache_read", "cache_write", "output")


@dataclass(slots=True)
class Line:
    """What a team pays for one model in one workload. Exact amounts in pico-USD, `printed` in cents.

    `usage_month` is the month the tokens were used in: another than the statement's for an adjustment.
    `workload` None: the app named none, so this cannot be allocated further. `list_pico` None: unknown.
    `kind` is that of the charges: `gpu` is what the bill of GPU hours is beyond the price book's cost, so
    that both together are the fully loaded cost; idle GPU time is of no team.
    """

    organisation: str
    team: str
    usage_month: str
    project: str
    workload: str | None
    kind: str
    tier: str
    model: str
    simulated: bool
    attempts: int = 0
    unknown_attempts: int = 0
    uncached_input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    list_pico: int | None = 0
    cost_pico: int = 0
    printed: int = 0


def listed_cents(part: Sequence[Line]) -> int | None:
    """What these lines would cost at list prices, in cents; None: a list price is not known. Without a
    discount it is what is printed to pay, whose cents are not always the nearest ones."""
    amounts = [line.list_pico for line in part]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts):
        return None
    if sum(known) == sum(line.cost_pico for line in part):
        return sum(line.printed for line in part)
    return rounded(sum(known))


@dataclass(frozen=True, slots=True)
class Statement:
    """All teams of a month. `printed`: the total in cents; `closing` None: open, figures may change."""

    month: date
    closing: Closing | None
    lines: tuple[Line, ...]
    quality: tuple[Quality, ...]
    printed: int

    @property
    def teams(self) -> list[Team]:
        """By organisation and team, in order."""
        paying = {Team(line.organisation, line.team) for line in self.lines if line.team != NO_TEAM}
        return sorted(paying | {Team(one.organisation, one.team) for one in self.quality})

    @property
    def unused(self) -> list[Line]:
        """GPU time that nobody used, or others: charged to no team, and part of the total."""
        return [line for line in self.lines if line.team == NO_TEAM]

    def of(self, team: Team | None) -> tuple[list[Line], list[Quality]]:
        """One team's part, or all of it."""
        return [one for one in self.lines if is_of(one, team)], [q for q in self.quality if is_of(q, team)]


def is_of(one: Line | Quality, team: Team | None) -> bool:
    """Whether it is of that team, in its organisation; None: of any."""
    return team is None or (one.organisation, one.team) == (team.organisation, team.name)


def build(connection: Connection, month: date) -> Statement:
    """The whole month, every team: printed cents of teams and lines add up to the printed total."""
    found = sorted(_lines(connection, month), key=_order)
    total = rounded(sum(line.cost_pico for line in found))
    _print(found, total)
    closing = calendar(connection).closing_of(month)
    quality = sorted(quality_of(connection, month, closing), key=_order)
    return Statement(month, closing, tuple(found), tuple(quality), total)


def _order(one: Line | Quality) -> tuple[object, ...]:
    rest = (one.kind, one.tier, one.model, one.simulated) if isinstance(one, Line) else ()
    return (one.organisation, one.team, one.usage_month, one.project, one.workload or "~", *rest)


def _print(found: list[Line], total: int) -> None:
    teams: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in found:
        teams[line.organisation, line.team].append(line)
    shares = cents([sum(line.cost_pico for line in part) for part in teams.values()], total)
    for part, share in zip(teams.values(), shares, strict=True):
        for line, printed in zip(part, cents([line.cost_pico for line in part], share), strict=True):
            line.printed = printed


def _lines(connection: Connection, month: date) -> list[Line]:
    found: dict[tuple[object, ...], Line] = {}
    names = ("day", *CHARGES.keys)
    for key, (quantity, cost, listed) in lines(connection, CHARGES, month).items():
        k = dict(zip(names, key, strict=True))
        used = k["day"][:7] if is_adjustment(k["day"], month) else name(month)
        who = (k["organisation"], k["team"], used, k["project"], k["workload"])
        what = (k["kind"], k["tier"], k["model"], k["simulated"])
        line = found.get((*who, *what))
        if line is None:
            line = found[*who, *what] = Line(*who, *what)
        if k["meter"] == ATTEMPTS:
            line.attempts += quantity or 0
            line.unknown_attempts += quantity or 0 if k["cost_state"] in UNKNOWN else 0
        elif k["meter"] in TOKENS:
            setattr(line, k["meter"], getattr(line, k["meter"]) + (quantity or 0))
        if cost is not None:
            line.cost_pico += cost
            line.list_pico = None if listed is None or line.list_pico is None else line.list_pico + listed
    return list(found.values())
