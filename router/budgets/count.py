"""What the ledger says was spent in the periods of some accounts, by whom, corrections included. Blocks.

A call of unknown cost counts at what was set aside for it, and without that at the most its endpoint can
cost, until a correction resolves it. Requests are of the period in which they began, with all their calls;
judges' calls of the one in which they were made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Executable, Row, Table, case, func, select

from router.domain.budget import Account, Budgets
from router.domain.caller import Caller
from router.record.budget_tables import budget_gateways
from router.record.tables import attempts, corrections, judge_calls, requests

Mark = tuple[int, int]
"""How many gateways were closed, and when the last correction was made: equal marks, equal sums of others."""
UNSEEN_US = 900_000_000
"""A gateway unseen for so long before a period has no part of its budgets; more than the time after which it
takes none itself."""
Bound = Callable[[str], int]
"""The most that one call of an endpoint can cost, pico-USD."""


@dataclass(frozen=True, slots=True)
class Spent:
    """pico-USD: as booked, and what corrections add to it."""

    booked: int = 0
    corrected: int = 0


@dataclass(slots=True)
class Count:
    """`closed`: gateways whose calls are all in the ledger; `open`: the others, and when each was last seen.
    `spent[account][holder]`: by the place of the account in what was asked for, and who made the calls."""

    mark: Mark
    closed: frozenset[str]
    open: Mapping[str, int]
    spent: list[dict[str, Spent]] = field(default_factory=list)

    def others(self, account: Account, gateway: str) -> frozenset[str]:
        """Those, apart from `gateway`, that may have spent of the account what is in no ledger yet. One that
        was gone long before the period began had no part of it."""
        since = account.period.starts_us - UNSEEN_US
        return frozenset(name for name, seen in self.open.items() if seen >= since and name != gateway)

    def outside(self, at: int, members: Mapping[str, int]) -> int:
        """What account `at` has spent apart from the calls that `members` count in memory: those of a gateway
        from its generation there on. Corrections of those are here: nobody else counts them."""
        total = 0
        for holder, spent in self.spent[at].items():
            gateway, _, generation = holder.partition(":")
            counting = gateway not in self.closed and gateway in members
            if not counting or int(generation or 0) < members[gateway]:
                total += spent.booked
            total += spent.corrected
        return total


def read_mark(connection: Connection) -> Mark:
    """Cheap: asked every other second."""
    closed = select(func.count()).select_from(budget_gateways).where(budget_gateways.c.closed_us.is_not(None))
    corrected = select(func.coalesce(func.max(corrections.c.created_us), 0))
    return connection.execute(closed).scalar_one(), connection.execute(corrected).scalar_one()


def count(engine: Engine, accounts: Sequence[Account], budgets: Budgets, bound: Bound) -> Count:
    """The spend of `accounts`. Raises SQLAlchemyError.

    The mark and the gateways are read first: what is booked meanwhile is in the sums at most too early."""
    with engine.connect() as connection:
        mark = read_mark(connection)
        rows = connection.execute(select(budget_gateways)).all()
        found = Count(
            mark,
            frozenset(row.id for row in rows if row.closed_us is not None),
            {row.id: row.seen_us for row in rows if row.closed_us is None},
        )
        by_period: dict[tuple[int, int], list[_Line]] = {}
        for account in accounts:
            window = account.period.starts_us, account.period.ends_us
            if window not in by_period:
                by_period[window] = list(_lines(connection, *window, bound))
            found.spent.append(_sum(account, by_period[window], budgets))
    return found


@dataclass(frozen=True, slots=True)
class _Line:
    """The calls of one caller, workload, endpoint and holder."""

    caller: Caller
    workload: str | None
    tier: str
    model: str
    endpoint: str
    holder: str
    spent: Spent


def _sum(account: Account, lines: Iterable[_Line], budgets: Budgets) -> dict[str, Spent]:
    budget, total = account.budget, defaultdict[str, Spent](Spent)
    for line in lines:
        if not (
            budget.scope.has_caller(line.caller)
            and budget.scope.has_workload(line.workload)
            and budgets.counted(budget, line.model, line.tier, line.endpoint)
        ):
            continue
        so_far = total[line.holder]
        total[line.holder] = Spent(so_far.booked + line.spent.booked, so_far.corrected + line.spent.corrected)
    return dict(total)


def _lines(connection: Connection, starts_us: int, ends_us: int, bound: Bound) -> Iterable[_Line]:
    for calls, began in ((attempts, requests.c.started_us), (judge_calls, judge_calls.c.started_us)):
        for row in connection.execute(_booked(calls, began, starts_us, ends_us)):
            booked = int(row.known or 0) + int(row.held or 0) + row.unheld * bound(row.endpoint)
            yield _line(row, Spent(booked=booked))
    for row in connection.execute(_corrected(starts_us, ends_us)):
        # A correction that makes an unknown cost known takes the place of what stood for it.
        stood = int(row.held or 0) + (row.unheld or 0) * bound(row.endpoint)
        yield _line(row, Spent(corrected=int(row.delta or 0) - stood))


def _dimensions(calls: Table) -> tuple[ColumnElement[object], ...]:
    asked, called = requests.c, calls.c
    return (
        asked.organisation,
        asked.team,
        asked.project,
        asked.key_id,
        asked.workload,
        called.tier,
        called.model,
        called.endpoint,
        called.held_by,
    )


def _unknown(calls: Table, then: ColumnElement[int], where: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((calls.c.cost_pico.is_(None) & where, then), else_=0))


def _booked(calls: Table, began: ColumnElement[int], starts_us: int, ends_us: int) -> Executable:
    held = calls.c.reserved_pico
    return (
        select(
            *_dimensions(calls),
            func.sum(calls.c.cost_pico).label("known"),
            _unknown(calls, func.coalesce(held, 0), held.is_not(None)).label("held"),
            func.count().filter(calls.c.cost_pico.is_(None) & held.is_(None)).label("unheld"),
        )
        .join(requests, requests.c.id == calls.c.request_id)
        .where(began >= starts_us, began < ends_us)
        .group_by(*_dimensions(calls))
    )


def _corrected(starts_us: int, ends_us: int) -> Executable:
    held, resolves = attempts.c.reserved_pico, corrections.c.resolves
    return (
        select(
            *_dimensions(attempts),
            func.sum(corrections.c.delta_pico).label("delta"),
            _unknown(attempts, func.coalesce(held, 0), resolves & held.is_not(None)).label("held"),
            func.count().filter(resolves & attempts.c.cost_pico.is_(None) & held.is_(None)).label("unheld"),
        )
        .select_from(corrections)
        .join(
            attempts, (attempts.c.request_id == corrections.c.request_id) & (attempts.c.n == corrections.c.n)
        )
        .join(requests, requests.c.id == attempts.c.request_id)
        .where(requests.c.started_us >= starts_us, requests.c.started_us < ends_us)
        .group_by(*_dimensions(attempts))
    )


def _line(row: Row[Any], spent: Spent) -> _Line:
    caller = Caller(row.key_id, row.organisation, row.team, row.project)
    return _Line(caller, row.workload, row.tier, row.model, row.endpoint, row.held_by or "", spent)
