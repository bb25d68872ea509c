"""Self-hosted GPU hours in what finance reads: each hour's bill is shared exactly, idle time apart."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select

from router.books.focus.columns import VERSIONS
from router.books.rollups.gpu import IDLE, REPLACED, SHARE, WORK
from router.cli import main
from router.domain.money import PicoUSD, as_usd
from router.gpu.allocate import Line
from router.record.book_tables import charges_hour
from router.record.lines import as_done
from router.record.tables import gpu_allocations, gpu_hours
from router.record.write import LedgerWriter
from tests.gpu.test_command import RATES, TEN_US
from tests.policy.conftest import Folder
from tests.record import rows

HOUR_US = 3_600_000_000
Run = Callable[..., str]


@pytest.fixture
def run(ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`tiergate ...` on the ledger, with a rate of 5 USD for an hour of the self-hosted endpoint."""
    for name in [name for name in os.environ if name.startswith("TIERGATE_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "policies"
    folder.mkdir()
    Folder(folder).edit("prices", "  currency: USD\n", f"  currency: USD\n{RATES}")
    (tmp_path / "sellers.yaml").write_text("models: {thinker: {self_hosted: true, provider: Acme}}")
    for name, value in (
        ("TIERGATE_DATABASE_URL", ledger_url), ("TIERGATE_POLICY_DIR", str(folder)), ("BIG_KEY", "k"),
        ("TIERGATE_DATA_DIR", str(tmp_path)), ("TIERGATE_SELLERS", str(tmp_path / "sellers.yaml")),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)

    def command(*arguments: str) -> str:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return result.output

    return command


def serve(engine: Engine, team: str, minute: int, sent: int, written: int) -> None:
    """A request that the self-hosted endpoint answered, at the price book's marginal cost."""
    request_id, at = rows.new_id(), TEN_US + minute * 60_000_000
    what = {"tier": "reasoning", "model": "thinker", "endpoint": "gpu-simulated"}
    attempt = rows.attempt(
        request_id, started_us=at, uncached_input=sent, cache_write=0, output=written, **what
    )
    request = rows.request(request_id, started_us=at, team=team, **what)
    assert LedgerWriter(engine).insert([as_done(request, [attempt])]) == []


def bills(engine: Engine) -> tuple[dict[int, int], int]:
    """By hour, and how much of all of them was idle."""
    with engine.connect() as connection:
        found = connection.execute(select(gpu_hours.c.hour_us, gpu_hours.c.bill_pico)).all()
        idle = select(func.sum(gpu_allocations.c.share_pico)).where(gpu_allocations.c.line == Line.IDLE.value)
        return {row.hour_us: row.bill_pico for row in found}, int(connection.execute(idle).scalar_one())


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def total(found: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in found), Decimal(0))


def test_a_closed_month_with_billed_hours(ledger: Engine, run: Run, tmp_path: Path) -> None:
    """Through close, statement and FOCUS: hours that two teams shared, and one that nobody used."""
    serve(ledger, "search", 5, 100_000, 40_001)
    serve(ledger, "support", 20, 70_003, 20_000)
    serve(ledger, "search", 61, 999, 7)
    run("gpu", "bill", "--from", "2026-09-21T10:00", "--to", "2026-09-21T13:00")
    hours, idle = bills(ledger)
    assert len(hours) == 3 and 0 < idle < sum(hours.values())
    said = run("close", "2026-09", "--by", "finance")
    assert "2026-09 is closed" in said
    with ledger.connect() as connection:
        hour, cost = charges_hour.c.hour_us, charges_hour.c.cost_pico
        shared = connection.execute(select(hour, func.sum(cost)).group_by(hour)).all()
    assert {at: int(amount) for at, amount in shared} == hours
    bill, unused = as_usd(PicoUSD(sum(hours.values()))), as_usd(PicoUSD(idle))

    said = run("statement", "2026-09", "--out", str(tmp_path / "out"))
    assert f"${unused:.2f} of it is GPU time that was idle" in said
    lines = read(tmp_path / "out" / "2026-09-statement.csv")
    assert {row["state"] for row in lines} == {"closed"}
    assert total(lines, "cost_usd") == bill
    [nobodys] = [row for row in lines if row["kind"] == IDLE]
    assert (nobodys["team"], nobodys["project"]) == ("", "") and Decimal(nobodys["cost_usd"]) == unused
    for team in ("search", "support"):
        [over] = [row for row in lines if row["team"] == team and row["kind"] == SHARE]
        assert Decimal(over["cost_usd"]) > 0
        page = (tmp_path / "out" / f"2026-09-{team}.html").read_text("utf-8")
        mine = total([row for row in lines if row["team"] == team], "printed_usd")
        assert f"{mine:,.2f}" in page and f"{unused:,.2f}" not in page
    assert total(lines, "printed_usd") == bill.quantize(Decimal("0.01"))


@pytest.mark.parametrize("version", VERSIONS)
def test_billed_hours_as_focus(ledger: Engine, run: Run, tmp_path: Path, version: str) -> None:
    """Shares are usage priced by the bill, the price book's cost is taken off, idle time is of no
    sub-account, and nobody invoices any of it."""
    serve(ledger, "search", 5, 100_000, 40_001)
    serve(ledger, "support", 20, 70_003, 20_000)
    run("gpu", "bill", "--from", "2026-09-21T10:00", "--to", "2026-09-21T12:00")
    hours, idle = bills(ledger)
    out = tmp_path / "focus.csv"
    run("export", "focus", "--month", "2026-09", "--version", version, "--out", str(out))
    found = read(out)
    assert total(found, "EffectiveCost") == as_usd(PicoUSD(sum(hours.values())))
    assert total(found, "BilledCost") == 0
    [nobodys] = [row for row in found if row["x_Kind"] == IDLE]
    assert Decimal(nobodys["EffectiveCost"]) == as_usd(PicoUSD(idle)) and nobodys["SubAccountId"] == ""
    shares = [row for row in found if row["x_Kind"] == SHARE and row["ChargeCategory"] == "Usage"]
    assert {row["SubAccountName"] for row in shares} == {"search / answers", "support / answers"}
    for row in (*shares, nobodys):
        assert row["SkuMeter"] == "GPU Hours" and row["ResourceId"] == "gpu-simulated"
        priced = Decimal(row["ContractedUnitPrice"]) * Decimal(row["PricingQuantity"])
        assert priced == Decimal(row["ContractedCost"]) == Decimal(row["EffectiveCost"])
    if version == "1.4":
        told = [json.loads(row["AllocatedMethodDetails"], parse_float=Decimal) for row in (*shares, nobodys)]
        assert sum(one["Elements"][0]["AllocatedRatio"] for one in told) == 1
        assert [row["AllocatedResourceId"] for row in shares] == [row["SubAccountId"] for row in shares]
        assert (nobodys["AllocatedMethodId"], nobodys["AllocatedResourceId"]) == ("share-of-work", "")
        others = [row for row in found if row not in shares and row is not nobodys]
        assert {row["AllocatedMethodId"] for row in others} == {""}
    taken_off = [row for row in found if row["x_Kind"] == SHARE and row["ChargeCategory"] == "Adjustment"]
    marginal = [row for row in found if row["x_Kind"] == "usage"]
    assert total(taken_off, "EffectiveCost") == -total(marginal, "EffectiveCost") < 0


def test_replaced_and_shared_are_two_lines_of_one_sum(ledger: Engine, run: Run) -> None:
    """An hour billed anew after a late row has its bill still, divided otherwise."""
    serve(ledger, "search", 5, 100_000, 40_001)
    run("gpu", "bill", "--hour", "2026-09-21T10:00")
    serve(ledger, "support", 9, 100_000, 40_001)
    run("gpu", "bill", "--hour", "2026-09-21T10:00", "--again")
    run("books", "roll")
    c, cost = charges_hour.c, func.sum(charges_hour.c.cost_pico)
    shared = c.kind == SHARE, c.meter == WORK
    with ledger.connect() as connection:
        by_meter = dict(connection.execute(select(c.meter, cost).group_by(c.meter)).all())
        everything = connection.execute(select(cost).where(c.hour_us == TEN_US)).scalar_one()
        teams = connection.execute(select(c.team, cost).where(*shared).group_by(c.team))
        shares = {team: int(amount) for team, amount in teams}
    assert int(everything) == 5 * 10**12
    assert int(by_meter[REPLACED]) < 0 < int(by_meter[WORK]) == 5 * 10**12
    assert shares["search"] == shares["support"]
