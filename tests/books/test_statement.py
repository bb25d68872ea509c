"""Statements: printed cents add up, exact amounts are the ledger's, closed months print the same for ever."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from router.books.periods.close import Who, close
from router.books.rollups.roll import roll
from router.books.seed.run import Order, seed_ledger
from router.books.statement.build import Line, build, listed_cents
from router.books.statement.cents import PICO_PER_CENT, cents, in_dollars, rounded
from router.books.statement.files import line_rows, write_csv
from router.books.statement.page import page
from router.cli import main
from router.domain.money import PicoUSD, as_usd
from router.policy.documents import Bundle
from tests.books.test_periods import AFTER, MONTHS, Ledger

MONTH = date(2026, 10, 1)


@given(st.lists(st.integers(-(10**15), 10**15), max_size=30))
def test_printed_cents_add_up(amounts: list[int]) -> None:
    """Each part is its exact amount rounded by less than a cent, and together they are the total."""
    total = rounded(sum(amounts))
    parts = cents(amounts, total)
    assert sum(parts) == total
    for amount, part in zip(amounts, parts, strict=True):
        assert abs(part * PICO_PER_CENT - amount) < PICO_PER_CENT


def test_a_total_that_is_not_theirs_is_refused() -> None:
    """Nobody can print a sum that the parts do not make."""
    with pytest.raises(ValueError, match="not the rounded sum"):
        cents([PICO_PER_CENT, PICO_PER_CENT], 5)


def test_cents_read_as_money() -> None:
    """Thousands, sign and two places."""
    assert [in_dollars(n) for n in (123_456_789, -5, 0)] == ["1,234,567.89", "-0.05", "0.00"]


def test_list_price_without_a_discount_is_what_is_paid() -> None:
    """Not a cent beside it: the cents of parts are not always the nearest ones. A discount shows as it is."""
    part = Line("acme", "a", "2026-11", "p", None, "usage", "small", "m", False)
    one = replace(part, cost_pico=4 * PICO_PER_CENT // 10, list_pico=4 * PICO_PER_CENT // 10, printed=1)
    assert listed_cents([one]) == 1
    assert listed_cents([replace(one, list_pico=3 * PICO_PER_CENT)]) == 3
    assert listed_cents([one, replace(one, list_pico=None)]) is None


def test_a_seeded_month_ties_out(ledger: Engine, shipped: Bundle, tmp_path: Path) -> None:
    """Statement lines and CSV are the ledger's cost to the pico, printed cents to the cent."""
    seed_ledger(ledger, Order(1_500, 1, 3, MONTH), shipped.catalog, shipped.prices, lambda _: None)
    roll(ledger, ("cost_centre",), AFTER)
    truth = Ledger(ledger, tmp_path).truth()
    with ledger.connect() as connection:
        made = build(connection, MONTH)
    assert sum(line.cost_pico for line in made.lines) == truth
    assert sum(line.printed for line in made.lines) == made.printed == rounded(truth)
    path = tmp_path / "statement.csv"
    write_csv(path, line_rows(made, None))
    with path.open() as file:
        read = list(csv.DictReader(file))
    assert sum(Decimal(row["cost_usd"]) for row in read) == as_usd(PicoUSD(truth))
    assert sum(Decimal(row["printed_usd"]) for row in read) == Decimal(made.printed).scaleb(-2)
    assert sum(int(row["attempts"]) for row in read) == sum(line.attempts for line in made.lines)
    assert any(row["allocated"] == "False" for row in read)
    assert sum(one.requests for one in made.quality) == 1_500
    assert 0 < sum(one.passed for one in made.quality) < sum(one.answered for one in made.quality)


def test_a_closed_month_prints_the_same_for_ever(ledger: Engine, tmp_path: Path) -> None:
    """Late rows and corrections leave its page alone and stand on the next one, under their own month."""
    books = Ledger(ledger, tmp_path)
    for month in MONTHS[:2]:
        books.book(month)
    books.close(MONTHS[0])
    before = _pages(books, MONTHS[0])
    books.book(MONTHS[0], ("big", "small"))
    books.correct()
    books.roll()
    assert _pages(books, MONTHS[0]) == before
    [text] = _pages(books, MONTHS[1])
    assert "Adjustments of closed months" in text and "<td>2026-08</td>" in text
    assert "The month is open" in text and "The month is open" not in before[0]


def _pages(books: Ledger, month: date) -> list[str]:
    with books.engine.connect() as connection:
        made = build(connection, month)
    return [page(made, team, AFTER) for team in made.teams]


def test_names_are_text_and_never_markup_or_formulas(ledger: Engine, tmp_path: Path) -> None:
    """A team named like a script or a formula stays a name, in the page, the CSV and the file's name."""
    books = Ledger(ledger, tmp_path)
    books.book(MONTHS[0], team="=cmd|'<script>../../x")
    books.roll()
    [text] = _pages(books, MONTHS[0])
    assert "<script>" not in text and "&lt;script&gt;" in text
    with books.engine.connect() as connection:
        write_csv(tmp_path / "s.csv", line_rows(build(connection, MONTHS[0]), None))
    with (tmp_path / "s.csv").open() as file:
        assert [row["team"] for row in csv.DictReader(file)] == ["'=cmd|'<script>../../x"]


def test_the_command_writes_what_it_says(
    sqlite_ledger: Engine, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page a team, CSV and Parquet, decimals exact; a wrong team is named with the right
    ones; a closing that somebody altered stops it."""
    parquet = pytest.importorskip("pyarrow.parquet")
    books = Ledger(sqlite_ledger, tmp_path)
    books.book(MONTHS[0], team="../up")
    books.book(MONTHS[0], team="search")
    monkeypatch.setenv("TIERGATE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path))
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["statement", "2026-08", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {
        *(f"2026-08-{kind}.{end}" for kind in ("statement", "quality") for end in ("csv", "parquet")),
        "2026-08-_up.html", "2026-08-search.html"}  # fmt: skip
    rows = parquet.read_table(out / "2026-08-statement.parquet").to_pylist()
    assert sum(row["cost_usd"] for row in rows) == as_usd(PicoUSD(books.truth()))
    wrong = CliRunner().invoke(main, ["statement", "2026-08", "--team", "nobody", "--out", str(out)])
    assert wrong.exit_code == 1 and "there are ../up, search" in wrong.output
    close(sqlite_ledger, MONTHS[0], tmp_path, Who("finance", books.tick()), ["invoices"])
    with sqlite_ledger.begin() as connection:
        connection.exec_driver_sql("UPDATE period_charges SET cost_pico = cost_pico + 1 WHERE cost_pico > 0")
    stopped = CliRunner().invoke(main, ["statement", "2026-08", "--out", str(out)])
    assert stopped.exit_code == 1 and "is not what was frozen" in stopped.output
