"""Values become words without lying: rounding never shows nought, and unknown is a word."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import text
from dashboard.filters import Period
from dashboard.html_tables import Cell, Column, html_table

DOLLAR = 10**12


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "unknown"), (0, "$0.00"), (1, "<$0.000001"), (1_250_000_000, "$0.001250"),
        (DOLLAR // 2, "$0.5000"), (12 * DOLLAR, "$12.00"), (1_234_567 * DOLLAR, "$1,234,567.00"),
        (-DOLLAR, "-$1.0000"),
    ],
)  # fmt: skip
def test_money(amount: int | None, shown: str) -> None:
    """Money has the decimals that suit its size, and only nothing is nought."""
    assert text.money(amount) == shown


@given(st.integers(min_value=1, max_value=9 * 10**18), st.sampled_from([2, 4, 6]))
def test_money_that_exists_is_never_shown_as_nought(amount: int, places: int) -> None:
    """However small the amount and few the decimals, something other than zero is shown."""
    shown = text.money(amount, places)
    assert any(digit in "123456789" for digit in shown)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 5, "0 %"), (5, 5, "100 %"), (1, 3, "33.3 %"), (1, 10_000, "<0.1 %"), (9_999, 10_000, ">99.9 %"),
     (1, 0, "–"), (None, 5, "–"), (-1, 4, "-25.0 %")],
)  # fmt: skip
def test_share(part: int | None, whole: int, shown: str) -> None:
    """A share is 0 % or 100 % only when it is exactly that."""
    assert text.share(part, whole) == shown


@pytest.mark.parametrize(
    ("microseconds", "shown"),
    [(None, "unknown"), (0, "0 µs"), (310, "310 µs"), (9_949, "9.9 ms"), (842_000, "842 ms"),
     (12_400_000, "12.4 s"), (185_000_000, "3 min 05 s")],
)  # fmt: skip
def test_duration(microseconds: int | None, shown: str) -> None:
    """Durations name the unit a person would use."""
    assert text.duration(microseconds) == shown


def test_instant() -> None:
    """Times are UTC and say so."""
    assert text.instant(1_793_000_000_000_000) == "2026-10-26 07:33:20 UTC"
    assert text.instant(None) == "–"


@pytest.mark.parametrize(
    ("period", "days"),
    [
        (Period.TODAY, (date(2026, 3, 1), date(2026, 3, 1))),
        (Period.WEEK, (date(2026, 2, 23), date(2026, 3, 1))),
        (Period.MONTH, (date(2026, 1, 31), date(2026, 3, 1))),
        (Period.THIS_MONTH, (date(2026, 3, 1), date(2026, 3, 1))),
        (Period.LAST_MONTH, (date(2026, 2, 1), date(2026, 2, 28))),
        (Period.ALL, (None, None)),
    ],
)
def test_periods_are_whole_days(period: Period, days: tuple[date | None, date | None]) -> None:
    """Periods count both ends and know how long months are."""
    assert period.days(date(2026, 3, 1)) == days


def test_tables_escape_and_mark() -> None:
    """Cells are text whatever they hold, figures are right-aligned and alarms are marked."""
    html = html_table([Column("A & B", figure=False), Column("N")], [["<b>", Cell("9", alarm=True)]])
    assert "<th>A &amp; B</th>" in html
    assert '<td>&lt;b&gt;</td><td class="num alarm">9</td>' in html


def test_a_wide_cell_covers_its_neighbours() -> None:
    """A cell over two columns takes the place of the next one, and no other."""
    html = html_table([Column("A", False), Column("B"), Column("C")], [[Cell("wide", 2), "gone", "9"]])
    assert '<tr><td colspan="2">wide</td><td class="num">9</td></tr>' in html


def test_a_table_line_of_the_wrong_length_is_refused() -> None:
    """A figure can never slip under another heading."""
    with pytest.raises(ValueError, match="zip"):
        html_table([Column("A"), Column("B")], [["1"]])
