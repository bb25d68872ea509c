"""A month's statement: lines of every team by project, workload and model, and what came of its requests."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from router.books.months import name
from router.books.periods.calendar import Closing, calendar
from router.books.periods.lines import is_adjustment, lines
from router.books.rollups.facts import CHARGES, OUTCOMES
from router.books.rollups.meters import ATTEMPTS, UNKNOWN
from router.books.statement.cents import cents, rounded
from router.domain.kinds import Outcome, Verdict

TOKENS = ("uncached_input", "cache_read", "cache_write", "output")
_ANSWERED = (Outcome.ACCEPTED.value, Outcome.UNVERIFIED.value, Outcome.ESCALATED.value)


@dataclass(slots=True)
class Line:
    """What a team pays for one model in one workload. Exact amounts in pico-USD, `printed` in cents.

    `usage_month` is the month the tokens were used in: another than the statement's for an adjustment.
    `workload` None: the app named none, so this cannot be allocated further. `list_pico` None: unknown.
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


@dataclass(slots=True)
class Quality:
    """What came of a workload's requests. Verified (by checks) and reported (by people) are kept apart.

    Saving: `baseline_pico` minus `compared_cost_pico`, over the `compared` requests that have both."""

    organisation: str
    team: str
    usage_month: str
    project: str
    workload: str | None
    requests: int = 0
    answered: int = 0
    passed: int = 0
    failed: int = 0
    reported: int = 0
    reported_good: int = 0
    compared: int = 0
    compared_cost_pico: int = 0
    baseline_pico: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """All teams of a month. `printed`: the total in cents; `closing` None: open, figures may change."""

    month: date
    closing: Closing | None
    lines: tuple[Line, ...]
    quality: tuple[Quality, ...]
    printed: int

    @property
    def teams(self) -> list[tuple[str, str]]:
        """Organisation and team, in order."""
        paying = {(line.organisation, line.team) for line in self.lines}
        return sorted(paying | {(one.organisation, one.team) for one in self.quality})

    def of(self, organisation: str, team: str) -> tuple[list[Line], list[Quality]]:
        """One team's part."""
        mine = [one for one in self.lines if (one.organisation, one.team) == (organisation, team)]
        return mine, [one for one in self.quality if (one.organisation, one.team) == (organisation, team)]


def build(connection: Connection, month: date) -> Statement:
    """The whole month, every team: printed cents of teams and lines add up to the printed total."""
    found = sorted(_lines(connection, month), key=_order)
    total = rounded(sum(line.cost_pico for line in found))
    _print(found, total)
    quality = sorted(_quality(connection, month), key=_order)
    return Statement(month, calendar(connection).closing_of(month), tuple(found), tuple(quality), total)


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


def _quality(connection: Connection, month: date) -> list[Quality]:
    found: dict[tuple[object, ...], Quality] = {}
    names = ("day", *OUTCOMES.keys)
    for key, measures in lines(connection, OUTCOMES, month).items():
        k, m = dict(zip(names, key, strict=True)), dict(zip(OUTCOMES.measures, measures, strict=True))
        used = k["day"][:7] if is_adjustment(k["day"], month) else name(month)
        who = (k["organisation"], k["team"], used, k["project"], k["workload"])
        one = found.get(who)
        if one is None:
            one = found[who] = Quality(*who)
        requests = m["requests"] or 0
        answered = requests if k["outcome"] in _ANSWERED else 0
        one.requests += requests
        one.answered += answered
        one.passed += answered if k["verdict"] == Verdict.PASSED else 0
        one.failed += answered if k["verdict"] == Verdict.FAILED else 0
        for measure in ("reported", "reported_good", "compared", "compared_cost_pico", "baseline_pico"):
            setattr(one, measure, getattr(one, measure) + (m[measure] or 0))
    return list(found.values())
