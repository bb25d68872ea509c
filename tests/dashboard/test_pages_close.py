"""The Close & exports page: months with their digests, and a statement that adds up to the cent."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, update
from streamlit.testing.v1 import AppTest

from router.books.months import parse_month
from router.books.periods.calendar import Closing
from router.books.periods.close import Who, close, reopen
from router.record import directory
from router.record.book_tables import period_charges
from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_rows import Rows, a_request, an_attempt, rolled, write

_OCTOBER = parse_month("2026-10")
_AFTER_US = 1_795_000_000_000_000
_WHO = Who("Dana", _AFTER_US)


def _row(number: int, team: str, cost: int) -> Rows:
    request = a_request(id=f"r{number}", team=team, cost_pico=cost)
    return request, (an_attempt(request_id=f"r{number}", cost_pico=cost),)


def _fill(url: str) -> None:
    """Three teams of a third of a dollar each: cents have to be divided."""
    third = 333_500_000_000
    write(url, [_row(n, team, third) for n, team in enumerate(("legal", "search", "support"))])
    rolled(url)


def _close(url: str, folder: Path) -> Closing:
    journal = directory.journal_root(folder)
    journal.mkdir(parents=True)
    (journal / directory.QUARANTINE).write_text("{}\n")
    engine = create_engine(url)
    closing, _ = close(engine, _OCTOBER, folder, _WHO, ("quarantine",))
    engine.dispose()
    return closing


def _html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.html)


def _buttons(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


def test_an_open_month_adds_up(open_app: OpenApp, ledger_url: str) -> None:
    """Printed cents of teams add up to the printed total: 33 + 33 + 34 of $1.0005."""
    _fill(ledger_url)
    app = open_app(ledger_url, "close")
    assert not app.exception
    assert "2026-10 is open" in app.warning[0].value
    assert app.metric[0].value == "$1.00"
    assert _html(app).count('<td class="num">0.33</td><td class="num quiet">0.00') == 2
    assert _html(app).count('<td class="num">0.34</td><td class="num quiet">0.00') == 1
    assert _buttons(app) == ["Statement, CSV", "Quality and savings, CSV"]


def test_a_closed_month_says_who_and_matches_its_digest(
    open_app: OpenApp, sqlite_url: str, tmp_path: Path
) -> None:
    """Who closed it, the digest, and what was accepted; a team has a page to print."""
    _fill(sqlite_url)
    closing = _close(sqlite_url, tmp_path)
    app = open_app(sqlite_url, "close", month="2026-10", team="legal")
    assert not app.exception
    assert "by Dana" in app.success[0].value
    assert closing.digest in app.code[0].value
    assert _buttons(app)[-1] == "Page to print, HTML"
    assert "by hand" in _html(app)


def test_altered_figures_are_not_passed_off_as_frozen(
    open_app: OpenApp, sqlite_url: str, tmp_path: Path
) -> None:
    """Whoever writes to what was frozen is found out by the page."""
    _fill(sqlite_url)
    _close(sqlite_url, tmp_path)
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(update(period_charges).values(cost_pico=1))
    engine.dispose()
    app = open_app(sqlite_url, "close")
    assert "is not what was frozen" in app.error[0].value
    assert not app.success
    assert not _buttons(app)


def test_a_reopened_month_keeps_its_history(open_app: OpenApp, sqlite_url: str, tmp_path: Path) -> None:
    """The closing that was undone stays in sight with the reason; names are no markup."""
    _fill(sqlite_url)
    _close(sqlite_url, tmp_path)
    engine = create_engine(sqlite_url)
    reopen(engine, _OCTOBER, _WHO, "<b>late invoice</b>")
    engine.dispose()
    shown = _html(open_app(sqlite_url, "close"))
    assert "version 1, not in force" in shown
    assert "&lt;b&gt;late invoice&lt;/b&gt; (Dana" in shown


def test_months_without_sums_say_how_to_make_them(open_app: OpenApp, sqlite_url: str) -> None:
    """A ledger that was never rolled up has no statement yet."""
    write(sqlite_url, [_row(1, "legal", 5)])
    app = open_app(sqlite_url, "close")
    assert not app.exception
    assert app.code[0].value == "tiergate books roll"


def test_an_unknown_month_in_the_url_is_dropped(open_app: OpenApp, sqlite_url: str) -> None:
    """The page shows the newest month instead."""
    _fill(sqlite_url)
    app = open_app(sqlite_url, "close", month="2031-01")
    assert not app.exception
    assert "2026-10 is open" in app.warning[-1].value
    assert "month" not in app.query_params


def test_an_older_month_in_the_url_is_shown(open_app: OpenApp, sqlite_url: str) -> None:
    """A link to a month keeps to it when there are later ones."""
    later = a_request(id="r9", day="2026-11-02", started_us=1_793_600_000_000_000)
    write(sqlite_url, [_row(1, "legal", 10**12), (later, ())])
    rolled(sqlite_url)
    app = open_app(sqlite_url, "close", month="2026-10")
    assert not app.exception
    assert "2026-10 is open" in app.warning[0].value
    assert app.metric[0].value == "$1.00"
