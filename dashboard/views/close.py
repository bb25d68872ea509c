"""Which months are closed, by whom and under which digest; what each team pays for one; its files."""

from __future__ import annotations

import time
from datetime import date

import streamlit as st
from sqlalchemy import Connection

from dashboard import access, cards, filter_bar, frame, statement_tables, statements, states, text
from dashboard.queries import rolled, selection
from dashboard.queries.rolled import Fresh
from router.books.months import name, parse_month
from router.books.periods.calendar import calendar, known_months
from router.books.statement.build import Statement
from router.books.statement.files import csv_text, file_stem, line_rows, quality_rows
from router.books.statement.page import page as printable
from router.domain.teams import Team


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    frame.page("Close & exports", _show)


def _show(connection: Connection) -> None:
    newest = selection.newest(connection)
    if newest is None:
        states.no_requests()
        return
    fresh, shown = rolled.fresh(connection), known_months(connection)
    if fresh is None or not shown:
        states.not_rolled(newest)
        return
    st.subheader("Months")
    st.html(statement_tables.months(calendar(connection), shown))
    st.caption("Months are UTC. `tiergate books periods --verify` computes every digest anew.")
    _statement(connection, shown, fresh)


def _statement(connection: Connection, shown: list[date], fresh: Fresh) -> None:
    st.subheader("Statement")
    names = [name(month) for month in sorted(shown, reverse=True)]
    teams = rolled.teams(connection)
    month, team = filter_bar.month_and_team(names, teams)
    found = statements.statement(parse_month(month))
    made = found.statement
    if not _trusted(found, fresh):
        return
    called = None if team is None else teams.name(team)
    if not made.of(team)[0]:
        st.info("**Nothing is charged here.** " + _nothing(made, called))
        return
    cards.row(statement_tables.headline(made, team))
    st.html(statement_tables.teams(made, team))
    _files(made, team, file_stem(made.month, called))
    if made.closing is not None and access.principal().limited_to is None:
        st.subheader("What was found when it was closed")
        st.html(statement_tables.findings(made.closing))


def _nothing(made: Statement, team: str | None) -> str:
    who = "No team" if team is None else f"Team {text.verbatim(team)}"
    return f"{who} has lines in {name(made.month)}: it was used by nobody, or a later month took it over."


def _trusted(found: statements.Shown, fresh: Fresh) -> bool:
    """Says what state the month is in; False where what was frozen was altered since."""
    closing, month = found.statement.closing, name(found.statement.month)
    if closing is None:
        st.warning(
            f"**{month} is open:** figures may still change. US dollars, {filter_bar.sums_as_of(fresh)}. "
            f"To see what keeps it open: `tiergate close {month} --dry-run`",
            icon=":material/lock_open:",
        )
        return True
    if found.intact:
        st.success(
            f"**{month} is closed,** version {closing.version}, by {text.verbatim(closing.closed_by)}. US "
            f"dollars, as frozen at {text.instant(closing.closed_us)}. What is stored matches the digest.",
            icon=":material/lock:",
        )
    else:
        st.error(
            f"**What is stored of {month} is not what was frozen.** Its digest does not match, so no figures "
            "are shown: restore the database, or ask who wrote to it.",
            icon=":material/gpp_bad:",
        )
    st.code(f"sha256 {closing.digest}", language=None, wrap_lines=True)
    return bool(found.intact)


def _files(made: Statement, team: Team | None, stem: str) -> None:
    with st.container(horizontal=True):
        _csv("Statement, CSV", f"{stem}-statement.csv", csv_text(line_rows(made, team)))
        if quality := quality_rows(made, team):
            _csv("Quality and savings, CSV", f"{stem}-quality.csv", csv_text(quality))
        if team is not None:
            st.download_button(
                "Page to print, HTML",
                printable(made, team, time.time_ns() // 1000),
                f"{stem}.html",
                "text/html",
                icon=":material/print:",
                on_click="ignore",
            )
    month = name(made.month)
    st.caption(
        "US dollars. Not allocated: the app named no workload. The files have a line per team, project, "
        "workload and model, with exact amounts beside printed cents. Choose a team to print its page. "
        f"Parquet: `tiergate statement {month} --out DIR`; FOCUS: `tiergate export focus --month {month}`"
    )


def _csv(label: str, file: str, content: str) -> None:
    st.download_button(
        label, content, file, "text/csv", icon=":material/download:", on_click="ignore", key=file
    )


page()
