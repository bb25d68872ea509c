"""A limited connection reads the rows of its teams and no others, whatever a query looks like."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, column, func, literal_column, select, table, text, union_all

from dashboard import queries
from dashboard.access import LOCAL
from dashboard.filters import Filters
from dashboard.ledger import reading
from dashboard.queries import (
    budgets,
    charges,
    gpus,
    models,
    outcomes,
    policies,
    quality,
    request_days,
    requests,
    rolled,
    savings,
    selection,
)
from dashboard.queries.scope import HELD, Holds, OutOfScope
from router.books.explain.weeks import explain_week
from router.books.periods.calendar import known_months
from router.domain.roles import Principal, Role
from router.domain.teams import Team, TeamNames
from router.record import tables
from router.record.metadata import metadata
from tests.dashboard.two_teams import NAMESAKES, ORGANISATIONS, TEAMS, ids, namesakes, two_teams

ALL = Filters()
OURS, THEIRS = TEAMS
LEAD = Principal("ada", Role.TEAM_LEAD, (Team("acme", OURS),))
NAMESAKE = Principal("ada", Role.TEAM_LEAD, NAMESAKES[:1])
"""The lead of acme's search, where another organisation has a team of that name."""
DAY = Filters(first_day=date(2026, 10, 26), last_day=date(2026, 10, 26))
QUERIES: dict[str, Callable[[Connection], object]] = {
    "policies.decided": lambda c: policies.decided(c, 0),
    "charges.totals": lambda c: charges.totals(c, ALL),
    "charges.by_day": lambda c: charges.by_day(c, ALL),
    "charges.by_hour": lambda c: charges.by_hour(c, DAY),
    "charges.parts": lambda c: [
        charges.parts(c, ALL, by) for by in (*charges.BY, f"{charges.TAG}owner-{OURS}")
    ],
    "charges.tag_names": lambda c: charges.tag_names(c, ALL),
    "charges.cost_states": lambda c: charges.cost_states(c, ALL),
    "outcomes.tallies": lambda c: outcomes.tallies(c, ALL),
    "models.verdicts": lambda c: models.verdicts(c, ALL),
    "models.in_vain": lambda c: models.in_vain(c, ALL),
    "models.work": lambda c: models.work(c, ALL),
    "gpus.by_day": lambda c: gpus.by_day(c, ALL),
    "budgets.standing": lambda c: budgets.standing(c, 1),
    "budgets.daily": lambda c: budgets.daily(c, {}, date(2026, 10, 1), date(2026, 11, 1)),
    "quality.groups": lambda c: [quality.groups(c, ALL, by) for by in quality.By],
    "quality.verified": lambda c: quality.verified(c, ALL),
    "requests.recent": lambda c: requests.recent(c, ALL, limit=99, offset=0),
    "request_days.counted": lambda c: request_days.counted(c, ALL),
    "requests.story": lambda c: [
        requests.story(c, one) for mark in (*TEAMS, *ORGANISATIONS) for one in ids(mark)
    ],
    "rolled.names": rolled.names,
    "rolled.names_with_new": rolled.names_with_new,
    "rolled.teams": rolled.teams,
    "selection.baseline_models": lambda c: selection.baseline_models(c, ALL),
    "selection.oldest_day": selection.oldest_day,
    "selection.newest": selection.newest,
    "savings.found": lambda c: savings.found(c, "team", ALL, 2_000_000_000_000_000),
    "a week explained": lambda c: explain_week(c, None, date(2026, 10, 26)),
    "months": known_months,
}
"""Every query of the dashboard, called so that it reads all it may."""
ABOUT_NO_TEAM = {"rolled.fresh", "policies.versions", "scope.limit"}
"""When sums were made and policies applied, which anybody may know; and the mechanism itself."""


def test_every_query_of_the_dashboard_is_held_to_this() -> None:
    """A new query function fails here until it stands in QUERIES, so that the tests below cover it."""
    found_there = {
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(queries.__path__)
        for name, function in inspect.getmembers(
            importlib.import_module(f"dashboard.queries.{module.name}"), inspect.isfunction
        )
        if not name.startswith("_")
        and function.__module__.endswith(f"queries.{module.name}")
        and "connection" in inspect.signature(function).parameters
    }
    assert found_there - ABOUT_NO_TEAM == {name for name in QUERIES if "." in name}


def _reads_as_alone(url: str, lead: Principal, alone: str, others: str) -> None:
    """By every query `lead` is given on everybody's ledger what the ledger `alone` holds, and no word of
    `others`."""
    with (
        reading(url, lead) as limited,
        reading(alone, LOCAL) as theirs_missing,
        reading(url, LOCAL) as whole,
    ):
        for name, query in QUERIES.items():
            said = query(limited)
            assert said == query(theirs_missing), name
            assert others not in repr(said), name
            assert name in _SAME or said != query(whole), name


def test_a_lead_reads_what_a_ledger_of_their_team_alone_would_hold(ledger_url: str, tmp_path: Path) -> None:
    """Limited to one team, every query on everybody's ledger gives what it gives where that team is alone."""
    two_teams(ledger_url)
    alone = f"sqlite:///{tmp_path / 'alone.sqlite'}"
    two_teams(alone, (OURS,))
    _reads_as_alone(ledger_url, LEAD, alone, THEIRS)


def test_a_lead_reads_nothing_of_a_team_of_the_same_name_elsewhere(ledger_url: str, tmp_path: Path) -> None:
    """The same where two organisations have a team `search`: what acme's lead is given is what a ledger of
    acme alone holds, by every query."""
    ours, theirs = ORGANISATIONS
    namesakes(ledger_url)
    alone = f"sqlite:///{tmp_path / 'alone.sqlite'}"
    namesakes(alone, (ours,))
    _reads_as_alone(ledger_url, NAMESAKE, alone, theirs)


_SAME = {"selection.oldest_day", "months", "gpus.by_day", "budgets.standing"}
"""The two teams began on one day, no GPU was billed, and there are no budgets."""


def test_every_table_of_the_ledger_has_an_answer() -> None:
    """A new table fails here until HELD says whose rows it holds; and what HELD says fits its columns."""
    assert set(HELD) == set(metadata.tables)
    for name, holds in HELD.items():
        columns = metadata.tables[name].c
        assert holds is not Holds.TEAMS or {"organisation", "team"} <= set(columns.keys()), name
        assert holds is not Holds.REQUESTS or "request_id" in columns, name
        assert holds in (Holds.TEAMS, Holds.REQUESTS) or not {"team", "request_id"} & set(columns.keys()), (
            name
        )


@pytest.mark.parametrize("name", [name for name, holds in HELD.items() if holds is not Holds.NOBODYS])
def test_every_table_is_held_to_the_organisation(name: str, sqlite_url: str) -> None:
    """What stands between a lead and every table that is somebody's says the organisation, or lets nothing
    through: `select` of the table alone names acme beside the team, or is false."""
    two_teams(sqlite_url)
    with reading(sqlite_url, NAMESAKE) as connection:
        compiled = select(metadata.tables[name]).compile(connection)
        said, given = str(compiled), set(map(str, compiled.params.values())) | set(_flat(compiled.params))
    if HELD[name] is Holds.EVERYBODYS:
        assert "WHERE 0 = 1" in said or "WHERE false" in said, said
    else:
        assert "organisation" in said.partition("WHERE")[2], said
        assert any("acme" in one for one in given) and any("search" in one for one in given), given


def _flat(params: dict[str, Any]) -> list[str]:
    return [str(one) for value in params.values() if isinstance(value, list | tuple) for one in value]


def test_no_table_gives_a_row_of_a_team_of_the_same_name(ledger_url: str) -> None:
    """Of every table with rows in this ledger, all columns: acme's rows and not a word of globex."""
    ours, theirs = ORGANISATIONS
    namesakes(ledger_url)
    with reading(ledger_url, LOCAL) as whole, reading(ledger_url, NAMESAKE) as limited:
        seen = set()
        for name, holds in HELD.items():
            if holds is Holds.NOBODYS:
                continue
            everything = repr(whole.execute(select(metadata.tables[name])).all())
            said = repr(limited.execute(select(metadata.tables[name])).all())
            assert theirs not in said, name
            if theirs in everything:
                assert (ours in said) == (holds is not Holds.EVERYBODYS), name
                seen.add(name)
    assert {"requests", "attempts", "verdicts", "judgements", "judge_calls", "corrections", "feedback",
            "charges_day", "charges_hour", "outcomes_day", "outcomes_hour"} <= seen  # fmt: skip


def _shapes() -> dict[str, Any]:
    r, a = tables.requests, tables.attempts
    other = r.alias("other")
    inner = select(r.c.id, r.c.team).subquery()
    return {
        "plain": select(r.c.team),
        "alias": select(other.c.team),
        "self-join": select(other.c.team).join_from(r, other, r.c.id == other.c.id),
        "subquery": select(inner.c.team),
        "cte": select(select(r.c.team).cte().c.team),
        "union": union_all(select(r.c.team), select(r.c.team)),
        "outer join": select(r.c.team).outerjoin_from(a, r, a.c.request_id == r.c.id),
        "scalar": select(select(func.max(r.c.team)).scalar_subquery()),
        "exists": select(a.c.model).where(select(r.c.id).where(r.c.id == a.c.request_id).exists()),
        "in": select(a.c.model).where(a.c.request_id.in_(select(r.c.id))),
        "attempts alone": select(a.c.model),
        "aliased attempts": select(a.alias("x").c.model),
        "whole row": select(r),
        "reports": select(tables.feedback),
    }


def test_no_shape_of_statement_reads_another_team(ledger_url: str) -> None:
    """Joins, aliases, subqueries, unions, EXISTS: each yields our rows and none of theirs."""
    two_teams(ledger_url)
    with reading(ledger_url, LEAD) as connection:
        for shape, statement in _shapes().items():
            said = repr(connection.execute(statement).all())
            assert OURS in said, shape
            assert THEIRS not in said, shape


def test_no_shape_of_statement_reads_a_team_of_the_same_name(ledger_url: str) -> None:
    """Nor of another organisation's `search`: as many rows as acme has, and none more."""
    namesakes(ledger_url)
    for shape, statement in _shapes().items():
        with reading(ledger_url, LOCAL) as whole, reading(ledger_url, NAMESAKE) as limited:
            everything, said = (len(c.execute(statement).all()) for c in (whole, limited))
        assert (2 * said == everything) or shape == "scalar", shape


@pytest.mark.parametrize(
    "statement",
    [
        text("select team from requests"),
        select(literal_column("(select team from requests limit 1)")),
        select(table("sqlite_master", column("sql"))),
        select(Table("tomorrows", metadata.__class__(), *[c._copy() for c in tables.requests.c]).c.team),
        select(func.count()).select_from(text("requests")),
    ],
    ids=["text", "text as a column", "another table", "a table of tomorrow", "text as a table"],
)
def test_what_cannot_be_limited_is_refused(statement: Any, sqlite_url: str) -> None:
    """Text, and tables that nobody has classified, do not reach the database."""
    two_teams(sqlite_url)
    with reading(sqlite_url, LEAD) as connection, pytest.raises(OutOfScope):
        connection.execute(statement)


def test_text_past_the_compiler_is_refused(sqlite_url: str) -> None:
    """Nor does SQL that goes to the driver as it is."""
    two_teams(sqlite_url)
    with reading(sqlite_url, LEAD) as connection, pytest.raises(OutOfScope):
        connection.exec_driver_sql("select team from requests")


@pytest.mark.parametrize(
    "teams",
    [
        (),
        (Team("acme", "nobody's"),),
        (Team("acme", "' or 1=1 --"),),
        (Team("globex", OURS),),
        (Team("", OURS),),
    ],
)
def test_a_lead_of_no_team_reads_nothing(teams: tuple[Team, ...], ledger_url: str) -> None:
    """No team is no rows, and never all of them; nor is another organisation's of that name."""
    two_teams(ledger_url)
    with reading(ledger_url, Principal("ada", Role.TEAM_LEAD, teams)) as connection:
        assert selection.newest(connection) is None
        assert request_days.counted(connection, ALL).requests == 0
        assert connection.execute(select(tables.attempts)).all() == []


@pytest.mark.parametrize("role", [Role.ADMIN, Role.FINANCE, Role.AUDITOR])
def test_other_roles_read_every_team(role: Role, ledger_url: str) -> None:
    """Unless teams are named for them too."""
    two_teams(ledger_url)
    with reading(ledger_url, Principal("bob", role)) as connection:
        assert [*rolled.teams(connection)] == list(TEAMS)
    with reading(ledger_url, Principal("bob", role, (Team("acme", THEIRS),))) as connection:
        assert rolled.teams(connection) == TeamNames([Team("acme", THEIRS)])


def test_only_one_module_connects() -> None:
    """Whatever reads the ledger gets its connection from access.py, which knows who is signed in."""
    connecting = {"reading", "create_engine", "ledger_engine", "connect"}
    root = Path(queries.__path__[0]).parent
    found_there = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", None)) in connecting
    }
    assert found_there == {"access.py", "ledger.py", "policies/putting.py"}
