"""What is of no team, such as idle GPU time, has a line with words, and no link to another team's page."""

from __future__ import annotations

from datetime import date

from dashboard import spend_tables, statement_tables
from dashboard.queries.charges import Cell, Sums
from router.books.rollups.gpu import IDLE, NO_TEAM
from router.books.statement.build import Line, Statement

IDLE_COST = 4_670_000_000_000
CELLS = [Cell("search", "small", Sums(spend=10**12)), Cell(None, "reasoning", Sums(spend=IDLE_COST))]


def test_spend_by_team() -> None:
    """The change of a team leads to why; that of no team leads nowhere, and neither does its name."""
    found = spend_tables.parts(CELLS, [])
    for html in (
        spend_tables.table("team", found, lambda name: name and f"spend?team={name}", compared=True),
        spend_tables.movers(found),
    ):
        assert 'href="changes?team=search"' in html and "spend?team=search" in html
        line = next(line for line in html.split("<tr") if spend_tables.NOT_ALLOCATED in line)
        assert "$4.67" in line and "href" not in line


def test_a_statement_of_one_organisation() -> None:
    """Its teams go without the organisation's name, and idle time says what it is."""
    who = {"usage_month": "2026-11", "tier": "reasoning", "model": "m", "simulated": False}
    lines = (
        Line(NO_TEAM, NO_TEAM, project="", workload=None, kind=IDLE, cost_pico=IDLE_COST, printed=467, **who),
        Line("acme", "search", project="p", workload="w", kind="usage", cost_pico=10**12, printed=100, **who),
    )
    html = statement_tables.teams(Statement(date(2026, 11, 1), None, lines, (), 567), None)
    assert statement_tables.OF_NO_TEAM in html and ">search<" in html
    assert "acme" not in html and "> / <" not in html
