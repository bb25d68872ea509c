"""One month, six places that say what it cost, one figure to the cent: ledger, sums, dashboard, statement,
FOCUS file, and the providers' invoices with what nobody invoices."""

from __future__ import annotations

import csv
from calendar import monthrange
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select

from dashboard import text
from dashboard.filters import Filters
from dashboard.queries import charges
from router.books.focus.columns import VERSIONS
from router.books.reconcile.store import results
from router.books.rollups.facts import CHARGES
from router.books.rollups.roll import roll
from router.books.seed.run import Order, seed_ledger
from router.cli import main
from router.domain.money import PicoUSD, as_usd
from router.policy.documents import Bundle
from router.record.tables import attempts, judge_calls, requests
from tests.books.test_tie import AFTER, OCTOBER, invoice

LAST = OCTOBER.replace(day=monthrange(OCTOBER.year, OCTOBER.month)[1])
CENT = Decimal("0.01")
MAP = "{day: date, model: sku, amount: usd}"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def of_ledger(engine: Engine) -> dict[str, int]:
    """Known cost by model, from the calls themselves, judging included; pico-USD."""
    found: defaultdict[str, int] = defaultdict(int)
    with engine.connect() as connection:
        for table in (attempts, judge_calls):
            t = table.c
            query = select(t.model, t.cost_pico).join_from(requests, table, t.request_id == requests.c.id)
            for model, cost in connection.execute(query):
                found[model or ""] += cost or 0
    return found


def second_invoice(engine: Engine, path: Path) -> None:
    """What Anthropic would send, by day and model, in columns of one's own."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    with engine.connect() as connection:
        for table in (attempts, judge_calls):
            t = table.c
            query = select(requests.c.day, t.model, t.cost_pico)
            query = query.join_from(requests, table, t.request_id == requests.c.id)
            for day, model, cost in connection.execute(query.where(t.model.like("claude-%"))):
                sums[day, model] += cost or 0
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "sku", "usd"])
        writer.writerows([day, model, format(as_usd(PicoUSD(n)), "f")] for (day, model), n in sums.items())


def column(path: Path, name: str) -> Decimal:
    with path.open(encoding="utf-8", newline="") as file:
        return sum((Decimal(row[name]) for row in csv.DictReader(file)), Decimal(0))


def test_six_figures_of_a_seeded_month_are_one(
    ledger: Engine, ledger_url: str, shipped: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each read where a person would: from files that the commands wrote, and as the dashboard reads it."""
    monkeypatch.setenv("TIERGATE_DATABASE_URL", ledger_url)
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path))
    seed_ledger(ledger, Order(1_500, 1, 7, OCTOBER), shipped.catalog, shipped.prices, lambda _: None)
    roll(ledger, (), AFTER)
    by_model = of_ledger(ledger)
    whole = sum(by_model.values())

    invoice(ledger, tmp_path / "openai.csv")
    second_invoice(ledger, tmp_path / "anthropic.csv")
    (tmp_path / "map.yaml").write_text(MAP)
    month = ("--month", "2026-10")
    run("reconcile", "--provider", "openai", "--file", str(tmp_path / "openai.csv"), *month)
    run("reconcile", "--provider", "generic", "--issuer", "Anthropic", "--file",
        str(tmp_path / "anthropic.csv"), "--map", str(tmp_path / "map.yaml"), *month)  # fmt: skip
    run("statement", "2026-10", "--out", str(tmp_path))
    found: dict[str, int | Decimal] = {"ledger": whole}
    with ledger.connect() as connection:
        day = CHARGES.day.c
        found["sums"] = int(connection.execute(select(func.sum(day.cost_pico))).scalar_one())
        shown = charges.totals(connection, Filters(first_day=OCTOBER, last_day=LAST)).spend
        invoices = results(connection, OCTOBER)
    found["dashboard"] = shown
    uninvoiced = sum(n for model, n in by_model.items() if not model.startswith(("gpt-", "claude-")))
    assert set(invoices) == {"OpenAI", "Anthropic"} and all(one.invoice > 0 for one in invoices.values())
    found["invoices"] = sum(one.invoice for one in invoices.values()) + uninvoiced
    for name, path in (("statement", "2026-10-statement.csv"), *((v, f"focus-{v}.csv") for v in VERSIONS)):
        if name in VERSIONS:
            run("export", "focus", *month, "--version", name, "--out", str(tmp_path / path))
        exact = column(tmp_path / path, "EffectiveCost" if name in VERSIONS else "cost_usd")
        found[name] = int(exact * 10**12)
    assert found == dict.fromkeys(found, whole) and len(found) == 7

    cents = as_usd(PicoUSD(whole)).quantize(CENT)
    assert cents > 1
    assert column(tmp_path / "2026-10-statement.csv", "printed_usd") == cents
    assert text.money(shown, 2) == f"${cents}"
    assert f"{cents}" in run("export", "focus", *month, "--out", str(tmp_path / "again.csv"))
