"""Reconciliation: an invoice that agrees ties to the cent, and whatever does not gets its cause."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from router.books.focus.providers import Providers
from router.books.periods.close import NotClosed, Who, close
from router.books.reconcile.compare import CAUSES, by_cause, compare
from router.books.reconcile.formats import ANTHROPIC, OPENAI, BadFormat, Format, read_format
from router.books.reconcile.invoice import BadInvoice, Side, Sides, read_invoice
from router.books.reconcile.store import ledger_sides
from router.books.rollups.roll import roll
from router.books.seed.run import Order, seed_ledger
from router.cli import main
from router.domain.money import PicoUSD, as_usd
from router.policy.documents import Bundle
from tests.books.test_periods import AFTER, MONTHS, Ledger

MONTH = date(2026, 10, 1)


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_seeded_month_ties_to_its_invoices(ledger: Engine, shipped: Bundle, tmp_path: Path) -> None:
    """Exports with exact amounts differ by nothing; with whole cents a line, by rounding alone."""
    seed_ledger(ledger, Order(1_500, 1, 2, MONTH), shipped.catalog, shipped.prices, lambda _: None)
    roll(ledger, (), AFTER)
    for issuer, form in (("OpenAI", OPENAI), ("Anthropic", ANTHROPIC)):
        with ledger.connect() as connection:
            ours, costs = ledger_sides(connection, MONTH, issuer, Providers())
        assert len(ours) >= 30
        for places, causes in ((12, set()), (2, {"rounding"})):
            path = write(
                tmp_path / "invoice.csv", [_exported(issuer, *item, places) for item in ours.items()]
            )
            invoice, others = read_invoice(path, form, MONTH)
            found = compare(ours, invoice, costs)
            assert {cause for one in found for cause in one.causes} == causes
            billed = sum(side.amount or 0 for side in invoice.values())
            booked = sum(side.amount or 0 for side in ours.values())
            assert billed - booked == sum(one.amount for one in found)
            assert others == 0 and abs(billed - booked) <= len(ours) * 5 * 10**9


def _exported(issuer: str, where: tuple[str, str], side: Side, places: int) -> dict[str, Any]:
    amount = round(as_usd(PicoUSD(side.amount or 0)), places)
    day, model = where
    tokens = {d: side.tokens.get(d, 0) for d in ("uncached_input", "cache_read", "cache_write", "output")}
    if issuer == "OpenAI":
        return {
            "start_time_iso": f"{day}T00:00:00+00:00", "model": f"{model}-2025-08-07", "amount_value": amount,
            "input_tokens": tokens["uncached_input"] + tokens["cache_read"],
            "input_cached_tokens": tokens["cache_read"], "output_tokens": tokens["output"],
        }  # fmt: skip
    return {
        "usage_date_utc": day, "model_version": f"{model}-20250929", "cost_usd": amount,
        "usage_input_tokens_no_cache": tokens["uncached_input"],
        "usage_input_tokens_cache_read": tokens["cache_read"],
        "usage_input_tokens_cache_write_5m": tokens["cache_write"], "usage_input_tokens_cache_write_1h": 0,
        "usage_output_tokens": tokens["output"],
    }  # fmt: skip


def side(amount: int | None, output: int | None = None, lines: int = 1) -> Side:
    return Side(amount, {} if output is None else {"output": output}, lines)


CENT = 10**10
WHERE = ("2026-10-05", "gpt-5")


@pytest.mark.parametrize(
    ("ours", "theirs", "causes"),
    [
        (side(100 * CENT, 1000), side(100 * CENT, 1000), {}),
        (side(100 * CENT, 1000), side(110 * CENT, 1100), {"volume": 10 * CENT}),
        (side(100 * CENT, 1000), side(120 * CENT, 1000), {"price": 20 * CENT}),
        (side(100 * CENT, 1000), side(132 * CENT, 1100), {"volume": 10 * CENT, "price": 22 * CENT}),
        (side(100 * CENT, 1000), side(100 * CENT + 3, 1000), {"rounding": 3}),
        (side(100 * CENT), side(130 * CENT), {"unexplained": 30 * CENT}),
        (side(100 * CENT, 1000), side(None, 900), {"volume": -10 * CENT}),
        (None, side(5 * CENT, 10), {"missing_in_ledger": 5 * CENT}),
        (side(5 * CENT, 10), None, {"missing_in_invoice": -5 * CENT}),
    ],
)
def test_every_variance_gets_its_cause(
    ours: Side | None, theirs: Side | None, causes: dict[str, int]
) -> None:
    """Price, volume, both, missing on a side, rounding, and what nobody can explain."""
    costs = {WHERE: {"output": ours.amount or 0}} if ours else {}
    [one] = compare({WHERE: ours} if ours else {}, {WHERE: theirs} if theirs else {}, costs)
    assert dict(one.causes) == causes


_SIDES = st.dictionaries(
    st.tuples(st.sampled_from(["2026-10-01", "2026-10-02"]), st.sampled_from(["a", "b"])),
    st.builds(side, st.integers(0, 10**14), st.none() | st.integers(0, 10**7), st.integers(1, 50)),
)


@given(_SIDES, _SIDES)
def test_causes_always_add_up(ours: Sides, theirs: Sides) -> None:
    """Ledger plus all causes is the invoice, to the pico."""
    costs = {where: {"output": one.amount or 0} for where, one in ours.items()}
    found = by_cause(compare(ours, theirs, costs))
    assert set(found) == set(CAUSES)
    total = sum(one.amount or 0 for one in ours.values()) + sum(found.values())
    assert total == sum(one.amount or 0 for one in theirs.values())


def test_line_items_name_model_and_direction(tmp_path: Path) -> None:
    """OpenAI's cost export: lines of a day and model are added up; other months are only counted."""
    rows = [
        {"start_time": "1790899200", "line_item": "gpt-5-2025-08-07, input", "amount_value": "1.25"},
        {"start_time": "1790899200", "line_item": "gpt-5-2025-08-07, output", "amount_value": "10"},
        {"start_time": "1788220800", "line_item": "gpt-5-2025-08-07, output", "amount_value": "7"},
    ]
    found, others = read_invoice(write(tmp_path / "cost.csv", rows), OPENAI, MONTH)
    assert found == {("2026-10-02", "gpt-5"): Side(int(Decimal("11.25") * 10**12), {}, 2)}
    assert others == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"when": "2026-10-01", "model": "x", "amount": "1"}], ":1: no column for the day"),
        ([{"date": "2026-10-01", "amount": "1"}], ":1: no column for the model"),
        ([{"date": "2026-10-01", "model": "x"}], ":1: neither amounts nor tokens"),
        ([{"date": "2026-10-01", "model": "x", "amount": "one"}], ":2: "),
        ([{"date": "yesterday", "model": "x", "amount": "1"}], ":2: .*yesterday"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(
    tmp_path: Path, rows: list[dict[str, Any]], message: str
) -> None:
    """Nothing is guessed and nothing skipped."""
    with pytest.raises(BadInvoice, match=message):
        read_invoice(write(tmp_path / "bad.csv", rows), OPENAI, MONTH)


def test_a_map_of_ones_own(tmp_path: Path) -> None:
    """Single names or lists of them; a wrong direction or field is named."""
    path = tmp_path / "map.yaml"
    path.write_text("{day: date, model: sku, amount: usd, tokens: {output: out}, models: {big-1: big}}")
    form = read_format(path, None)
    assert form == Format(day=("date",), model=("sku",), amount=("usd",), tokens={"output": ("out",)},
                          models={"big-1": "big"})  # fmt: skip
    for text, message in (
        ("{day: d, tokens: {out: x}}", "tokens.out"),
        ("{dya: d}", "day|dya"),
        ("[]", "mapping"),
    ):
        path.write_text(text)
        with pytest.raises(BadFormat, match=message):
            read_format(path, None)


def test_the_close_wants_invoices_reconciled(
    sqlite_ledger: Engine, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month with real bills stays open until each issuer is reconciled, or somebody accepts that not."""
    books = Ledger(sqlite_ledger, tmp_path)
    books.book(MONTHS[0])
    books.roll()
    with pytest.raises(NotClosed, match="not reconciled: big-1"):
        close(books.engine, MONTHS[0], tmp_path, Who("finance", books.tick()))
    monkeypatch.setenv("TIERGATE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path))
    invoice = write(tmp_path / "i.csv", [{"date": "2026-08-04", "sku": "big", "usd": "0.03"}])
    (tmp_path / "m.yaml").write_text("{day: date, model: sku, amount: usd}")
    (tmp_path / "s.yaml").write_text("models: {big: {issuer: Big Inc}}")
    monkeypatch.setenv("TIERGATE_SELLERS", str(tmp_path / "s.yaml"))
    asked = ["reconcile", "--provider", "generic", "--issuer", "Big Inc", "--month", "2026-08"]
    done = CliRunner().invoke(main, [*asked, "--file", str(invoice), "--map", str(tmp_path / "m.yaml")])
    assert done.exit_code == 2, done.output
    assert "unexplained" in done.output and "Big Inc, 2026-08" in done.output
    closed = CliRunner().invoke(main, ["close", "2026-08", "--by", "finance"])
    assert closed.exit_code == 0, closed.output
    assert "Big Inc: invoice - ledger $0.03, of which unexplained $0.03" in closed.output
