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
            lines = [line for item in ours.items() for line in _exported(issuer, *item, places)]
            path = write(tmp_path / "invoice.csv", lines)
            invoice, others = read_invoice(path, form, MONTH)
            found = compare(ours, invoice, costs)
            assert {cause for one in found for cause in one.causes} == causes
            billed = sum(side.amount or 0 for side in invoice.values())
            booked = sum(side.amount or 0 for side in ours.values())
            assert billed - booked == sum(one.amount for one in found)
            assert others == 0 and abs(billed - booked) <= len(ours) * 5 * 10**9


def _exported(issuer: str, where: tuple[str, str], side: Side, places: int) -> list[dict[str, Any]]:
    """One day and model as the provider's own file has it: the cost export of one, the usage of the other
    with an amount beside it."""
    amount = round(as_usd(PicoUSD(side.amount or 0)), places)
    day, model = where
    tokens = {d: side.tokens.get(d, 0) for d in ("uncached_input", "cache_read", "cache_write", "output")}
    if issuer == "OpenAI":
        line = {"start_time_iso": f"{day}T00:00:00+00:00", "amount_currency": "usd"}
        named = {"uncached_input": "input", "cache_read": "cached input", "output": "output"}
        return [
            line | {"line_item": f"{model}-2025-08-07, {item}", "quantity": f"{tokens[direction]}.0",
                    "amount_value": amount if direction == "output" else 0}
            for direction, item in named.items()
        ]  # fmt: skip
    return [{
        "usage_date_utc": day, "model_version": f"{model}-20250929", "cost_usd": amount,
        "usage_input_tokens_no_cache": tokens["uncached_input"],
        "usage_input_tokens_cache_read": tokens["cache_read"],
        "usage_input_tokens_cache_write_5m": tokens["cache_write"], "usage_input_tokens_cache_write_1h": 0,
        "usage_output_tokens": tokens["output"],
    }]  # fmt: skip


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


OPENAI_COSTS = """\
start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,\
api_key_id,project_id,organization_id,project_name,organization_name,user_email,api_source
1790812800,1790899200,2026-10-01T00:00:00+00:00,2026-10-02T00:00:00+00:00,,,,,,,,,,,,,
1790899200,1790985600,2026-10-02T00:00:00,2026-10-03T00:00:00,0.0250000000000000000000,usd,20000,tokens,\
"gpt-5-2025-08-07, input",,,proj_a,org-1,,,,
1790899200,1790985600,2026-10-02T00:00:00,2026-10-03T00:00:00,0.0012500000000000000000,usd,10000,tokens,\
"gpt-5-2025-08-07, cached input",,,proj_a,org-1,,,,
1790899200,1790985600,2026-10-02T00:00:00,2026-10-03T00:00:00,0.01,usd,1000,tokens,\
"gpt-5-2025-08-07, output",,,proj_b,org-1,,,,
1790899200,1790985600,2026-10-02T00:00:00,2026-10-03T00:00:00,0.3,usd,30,,web search tool calls,,,,org-1,,,,
1788220800,1788307200,2026-09-01T00:00:00,2026-09-02T00:00:00,7,usd,1,tokens,"gpt-5, output",,,,,,,,
"""
OPENAI_USAGE = """\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,\
service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_text_tokens
1790899200,1790985600,2026-10-02T00:00:00+00:00,2026-10-03T00:00:00+00:00,proj_a,10.0,user-1,key_1,\
gpt-4o-2024-08-06,FALSE,default,59200.0,10646.0,5760.0,53440.0,53440.0
1790985600,1791072000,2026-10-03T00:00:00+00:00,2026-10-04T00:00:00+00:00,,,,,,,,,,,,
"""
ANTHROPIC_COSTS = """\
usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,\
inference_geo,speed,api_key_id,api_key_status
2026-10-02,Claude Haiku 4.5,Default,app,message,≤ 200k,input_no_cache,0.19,0.19,token,global,,apikey_1,active
2026-10-02,Claude Haiku 4.5,Default,app,message,≤ 200k,output,0.03,0.03,token,global,,apikey_1,active
2026-10-02,Claude 3.5 Sonnet 2024-10-22,,app,message,≤ 200k,output,0.01,0.01,token,global,,apikey_1,
"""
ANTHROPIC_USAGE = """\
usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,\
usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,\
usage_output_tokens,web_search_count,inference_geo,speed
2026-10-02,claude-sonnet-4-20250514,app,Default,standard,≤ 200k,100000,30,7,500,2000,0,global,
"""
_GPT5 = {"uncached_input": 20_000, "cache_read": 10_000, "output": 1_000}
_GPT4O = {"uncached_input": 53_440, "cache_read": 5_760, "output": 10_646}
_SONNET = {"uncached_input": 100_000, "cache_read": 500, "cache_write": 37, "output": 2_000}


@pytest.mark.parametrize(
    ("form", "text", "wanted", "others"),
    [
        (OPENAI, OPENAI_COSTS, {"gpt-5": Side(36_250_000_000, _GPT5, 3),
                                "web search tool calls": Side(300_000_000_000, {}, 1)}, 1),
        (OPENAI, OPENAI_USAGE, {"gpt-4o": Side(None, _GPT4O, 1)}, 0),
        (ANTHROPIC, ANTHROPIC_COSTS, {"claude-haiku-4-5": Side(220_000_000_000, {}, 2),
                                      "claude-3-5-sonnet": Side(10_000_000_000, {}, 1)}, 0),
        (ANTHROPIC, ANTHROPIC_USAGE, {"claude-sonnet-4": Side(None, _SONNET, 1)}, 0),
    ],
    ids=["OpenAI, costs", "OpenAI, usage", "Anthropic, costs", "Anthropic, usage"],
)  # fmt: skip
def test_the_files_that_providers_export(
    form: Format, text: str, wanted: dict[str, Side], others: int, tmp_path: Path
) -> None:
    """By their own columns, with days of nothing, tokens as decimals, and models by their display names."""
    path = tmp_path / "export.csv"
    path.write_text(text, "utf-8")
    found, left = read_invoice(path, form, MONTH)
    assert {model: side for (_, model), side in found.items()} == wanted
    assert {day for day, _ in found} == {"2026-10-02"} and left == others


def test_a_line_without_tokens_leaves_its_model_without(tmp_path: Path) -> None:
    """Lines of a day and model of which one counts no tokens: their sum would be no volume of anything."""
    rows = [
        {"start_time": "1790899200", "line_item": "gpt-5, input", "amount_value": "1.25", "quantity": "9"},
        {"start_time": "1790899200", "line_item": "gpt-5, output", "amount_value": "10", "quantity": ""},
    ]
    found, _ = read_invoice(write(tmp_path / "cost.csv", rows), OPENAI, MONTH)
    assert found == {("2026-10-02", "gpt-5"): Side(int(Decimal("11.25") * 10**12), {}, 2)}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"when": "2026-10-01", "model": "x", "amount_value": "1"}], ":1: no column for the day"),
        ([{"start_time": "2026-10-01", "amount_value": "1"}], ":1: no column for the model"),
        ([{"start_time": "2026-10-01", "model": "x"}], ":1: neither amounts nor tokens"),
        ([{"start_time": "2026-10-01", "model": "x", "amount_value": "one"}], ":2: "),
        ([{"start_time": "2026-10-01", "model": "x", "output_tokens": "1.5"}], ":2: .*1.5.* tokens"),
        ([{"start_time": "yesterday", "model": "x", "amount_value": "1"}], ":2: .*yesterday"),
        ([{"start_time": "2026-10-01", "line_item": "", "amount_value": "1"}], ":2: .*no model.*line_item"),
        ([{"start_time": "2026-10-01", "model": "x", "amount_value": "1", "amount_currency": "eur"}],
         ":2: 'eur' is not USD"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_line(
    tmp_path: Path, rows: list[dict[str, Any]], message: str
) -> None:
    """Nothing is guessed and nothing skipped."""
    with pytest.raises(BadInvoice, match=message):
        read_invoice(write(tmp_path / "bad.csv", rows), OPENAI, MONTH)


def test_cents_of_an_api_are_not_taken_for_dollars(tmp_path: Path) -> None:
    """Anthropic's cost report has `amount` in cents; its file's `cost_usd` is in dollars."""
    report = [{"usage_date_utc": "2026-10-01", "model": "x", "amount": "123.45"}]
    path = write(tmp_path / "report.csv", report)
    with pytest.raises(BadInvoice, match="neither amounts nor tokens"):
        read_invoice(path, ANTHROPIC, MONTH)


def test_a_map_of_ones_own(tmp_path: Path) -> None:
    """Single names or lists of them; a wrong direction or field is named."""
    path = tmp_path / "map.yaml"
    path.write_text("{day: date, model: sku, amount: usd, tokens: {output: out}, models: {big-1: big}}")
    form = read_format(path, None)
    assert form == Format(day=("date",), model=("sku",), amount=("usd",), tokens={"output": ("out",)},
                          models={"big-1": "big"})  # fmt: skip
    for text, message in (
        ("{day: d, tokens: {out: x}}", "tokens.out"),
        ("{day: d, items: {written: out}}", "items.out"),
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
