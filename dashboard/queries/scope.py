"""Whose rows a connection reads: the one place where a principal's teams become SQL, each with its
organisation: a team of the same name in another one is another team.

A limited connection compiles every table of the ledger to that table's rows of the principal's teams,
wherever it stands in a statement: joins, subqueries, counts, and the queries of `router.books` and
`router.savings` too. So no query has to remember the scope, and none can leave it out. What is not known
here is refused: a new table is unreadable to a team lead until somebody writes down whose rows it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    event,
    exists,
    false,
    select,
)
from sqlalchemy.sql.compiler import SQLCompiler

from router.domain.teams import Team
from router.record import admin_tables, book_tables, budget_tables, tables
from router.record.owners import budget_of, of_teams


class Holds(Enum):
    """Whose rows a table holds."""

    TEAMS = "rows with the columns `organisation` and `team`"
    REQUESTS = "rows of requests, by a column `request_id`"
    BUDGETS = (
        "budgets, or rows of them by a column `budget`: a team lead reads those of one of their teams alone,"
        " and of its organisation"
    )
    NOBODYS = "rows that are about no team: anybody who is signed in may read them"
    EVERYBODYS = "rows about all teams at once: a limited principal reads none of them"


HELD: dict[str, Holds] = {
    **dict.fromkeys(
        (
            tables.requests.name, tables.feedback.name, tables.keys.name,
            book_tables.charges_hour.name, book_tables.charges_day.name, book_tables.outcomes_hour.name,
            book_tables.outcomes_day.name, book_tables.period_charges.name, book_tables.period_outcomes.name,
        ),
        Holds.TEAMS,
    ),
    **dict.fromkeys(
        (
            tables.attempts.name, tables.verdicts.name, tables.judgements.name, tables.judge_calls.name,
            tables.corrections.name, tables.gpu_allocations.name, book_tables.late_arrivals.name,
            tables.judge_corrections.name, tables.baseline_corrections.name,
            tables.prompts.name,
        ),
        Holds.REQUESTS,
    ),
    **dict.fromkeys(
        (
            budget_tables.budgets.name, budget_tables.budget_periods.name, budget_tables.budget_alerts.name,
        ),
        Holds.BUDGETS,
    ),
    **dict.fromkeys(
        (
            tables.policies.name, book_tables.periods.name, book_tables.rollup_days.name,
            book_tables.rollup_marks.name, book_tables.lengths_hour.name, book_tables.lengths_day.name,
            tables.drains.name,
        ),
        Holds.NOBODYS,
    ),
    **dict.fromkeys(
        (
            tables.gpu_samples.name, tables.gpu_hours.name, tables.judge_budgets.name,
            book_tables.reconciliations.name, budget_tables.budget_gateways.name,
            admin_tables.audit_entries.name, admin_tables.key_uses.name, admin_tables.admin_credentials.name,
            admin_tables.admin_replays.name, admin_tables.erasures.name,
        ),
        Holds.EVERYBODYS,
    ),
}  # fmt: skip
"""Every table of the ledger; a test holds this complete. A statement that reads another is refused."""


class OutOfScope(Exception):
    """A query that cannot be limited to the principal's teams. A defect of the page, not of its reader."""


def limit(connection: Connection, teams: Sequence[Team] | None) -> None:
    """From here on `connection` reads rows of `teams` only, all rows for None; of an empty one, no rows.

    Changes the connection's engine: use one that serves nobody else. Afterwards execution raises OutOfScope
    for what is not a `select` of the ledger's own tables.
    """
    if teams is None:
        return
    dialect: Any = connection.dialect
    compiler: type[SQLCompiler] = dialect.statement_compiler
    dialect.statement_compiler = type(
        f"Scoped{compiler.__name__}", (_Scoped, compiler), {"teams": tuple(teams), "rendering": False}
    )
    event.listen(connection, "before_cursor_execute", _refuse)


def _refuse(
    _connection: Connection, _cursor: Any, statement: str, _given: Any, context: Any, _: bool
) -> None:
    """What did not go through the compiler below."""
    compiled = context.compiled
    if compiled is None or not getattr(compiled.statement, "is_select", False):
        raise OutOfScope(f"{statement[:60]!r} is not a select: it cannot be limited to a team")


class _Scoped(SQLCompiler):
    """Renders a table in a FROM as its rows of `teams`. `rendering`: within such a part already."""

    teams: tuple[Team, ...]
    rendering: bool

    def visit_textclause(self, textclause: Any, *args: Any, **kwargs: Any) -> str:
        raise OutOfScope(f"{textclause.text[:60]!r} is text: it cannot be limited to a team")

    def visit_column(self, column: Any, *args: Any, **kwargs: Any) -> str:
        if column.is_literal and "select" in column.name.lower():
            raise OutOfScope(f"{column.name[:60]!r} is text: it cannot be limited to a team")
        return super().visit_column(column, *args, **kwargs)

    def visit_table(self, table: Any, asfrom: Any = False, *args: Any, **kwargs: Any) -> str:
        plain: str = super().visit_table(table, asfrom, *args, **kwargs)  # type: ignore[no-untyped-call]
        if not asfrom or self.rendering:
            return plain
        rows = _rows(table, self.teams)
        if rows is None:
            return plain
        self.rendering = True
        try:
            inner = f"({self.process(rows, asfrom=True)})"
        finally:
            self.rendering = False
        named = getattr(kwargs.get("enclosing_alias"), "element", None) is table
        return inner if named else f"{inner} AS {plain}"


def _rows(table: Table, teams: Sequence[Team]) -> Select[Any] | None:
    """The rows of `table` that are about `teams`; None: all of them. Raises OutOfScope."""
    match HELD.get(table.name):
        case Holds.TEAMS:
            return select(table).where(of_teams(table.c, teams))
        case Holds.REQUESTS:
            return select(table).where(_of_requests(table, teams))
        case Holds.BUDGETS:
            return select(table).where(_of_budgets(table, teams))
        case Holds.NOBODYS:
            return None
        case Holds.EVERYBODYS:
            return select(table).where(false())
    raise OutOfScope(f"nobody has said whose rows {table.name} holds: add it to HELD in {__name__}")


def _of_budgets(table: Table, teams: Sequence[Team]) -> ColumnElement[bool]:
    if table.name == budget_tables.budgets.name:
        return budget_of(table.c.match, teams)
    owner = budget_tables.budgets.alias("scope_budget")
    whose = budget_of(owner.c.match, teams)
    return exists().where(owner.c.name == table.c.budget, whose).correlate(table)


def _of_requests(table: Table, teams: Sequence[Team]) -> ColumnElement[bool]:
    owner = tables.requests.alias("scope_owner")
    mine = owner.c.id == table.c.request_id, of_teams(owner.c, teams)
    return exists().where(*mine).correlate(table)
