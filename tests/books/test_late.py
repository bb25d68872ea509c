"""`tiergate books late`: what arrived for a closed month, request by request, and which month takes it."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from router.books.months import parse_month
from router.books.periods.totals import totals
from router.cli import main
from router.domain.money import PicoUSD, format_usd
from tests.books.test_periods import MONTHS, ONE, Ledger

FIRST, SECOND, THIRD = MONTHS


@pytest.fixture
def books(ledger: Engine, ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setenv("TIERGATE_DATABASE_URL", ledger_url)
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path))
    return Ledger(ledger, tmp_path)


def close(books: Ledger, month: date) -> None:
    """Now, by the clock that the ledger notes arrivals by; the roll and the close are a second each."""
    books.now_us = time.time_ns() // 1000 - 2_000_000
    books.close(month)


def said(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["books", "late", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def late_of(month: date) -> dict[str, str]:
    """Request ids, and the month that takes each."""
    return {row["request_id"]: row["taken_by"][:7] for row in orjson.loads(said(f"{month:%Y-%m}", "--json"))}


def test_late_requests_and_who_takes_them(books: Ledger) -> None:
    """None while the month is open; then each request once, in the month whose adjustments it is among."""
    early = books.book(FIRST)
    assert "nothing arrived for 2026-08" in said("2026-08") and late_of(FIRST) == {}
    close(books, FIRST)
    assert late_of(FIRST) == {}
    first_late = books.book(FIRST, day=20, team="support")
    books.roll()
    assert late_of(FIRST) == {first_late: "2026-09"}
    close(books, SECOND)
    second_late = books.book(FIRST, ("small",), day=21)
    books.roll()
    assert late_of(FIRST) == {first_late: "2026-09", second_late: "2026-10"}
    assert early not in late_of(FIRST) and late_of(SECOND) == {}
    with books.engine.connect() as connection:
        assert totals(connection, parse_month("2026-09")).adjustments == ONE


def test_the_table_says_when_who_and_how_much(books: Ledger) -> None:
    """A line for each, with its cost as it was booked; what is not known is `unknown`, not nothing."""
    close(books, FIRST)
    books.book(FIRST, day=20, team="support")
    books.book(FIRST, ("small",), day=21)
    books.roll()
    head, *lines = said("2026-08").splitlines()
    assert head.split()[0] == "arrived," and len(lines) == 2
    priced, unknown = sorted(lines, key=lambda line: "unknown" in line)
    assert "2026-08-21 00:00:00" in priced and "support" in priced and "2026-09" in priced
    assert format_usd(PicoUSD(ONE)) in priced
    assert "search" in unknown and "unknown" in unknown


def test_a_month_that_is_none(books: Ledger) -> None:
    """The argument is said to be wrong before the ledger is opened."""
    result = CliRunner().invoke(main, ["books", "late", "last"])
    assert result.exit_code == 2 and "last" in result.output
