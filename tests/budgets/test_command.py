"""`tiergate budgets`: how they stand as a person reads it, and a gateway given up for good."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, insert, select

from router.budgets.screen import write_definitions, write_periods
from router.cli import main
from router.domain.budget import Account, Enforcement
from router.domain.budget_period import period_of
from router.domain.money import PICO_PER_USD, PicoUSD
from router.record.budget_tables import budget_gateways
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from tests.budgets.build import budget


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "data").mkdir()
    engine = ledger_engine(f"sqlite:///{tmp_path / 'data' / 'ledger.sqlite'}")
    migrate(engine)
    yield engine
    engine.dispose()


def run(tmp_path: Path, *arguments: str, typed: str = "") -> Result:
    """`tiergate ...` on that ledger, with what is typed at a prompt."""
    unset = {name: None for name in os.environ if name.startswith("TIERGATE_")}
    env = unset | {"TIERGATE_DATA_DIR": str(tmp_path / "data")}
    return CliRunner().invoke(main, arguments, env=env, input=typed)


def test_none_in_force(ledger: Engine, tmp_path: Path) -> None:
    assert run(tmp_path, "budgets", "list").output == "no budgets are in force\n"


def test_how_they_stand(ledger: Engine, tmp_path: Path) -> None:
    """In the document's order: spent, set aside and forecast of the period that is now; a dash where nothing
    was counted yet; gateways that still count below."""
    now_us = time.time_ns() // 1000
    hard, soft = budget("team-month", 12.5), budget("seen", 3.0, enforcement=Enforcement.SOFT)
    period = period_of(hard.period, hard.zone, now_us)
    before = period_of(hard.period, hard.zone, period.starts_us - 1)
    now, then = Account(hard, period, 0), Account(hard, before, 0)
    now.elsewhere, now.used, now.held = PICO_PER_USD, PICO_PER_USD // 2, PICO_PER_USD // 4
    then.elsewhere = 9 * PICO_PER_USD
    with ledger.begin() as connection:
        write_definitions(connection, [hard, soft], "digest", now_us)
        forecast = {("team-month", period.key): PicoUSD(8 * PICO_PER_USD)}
        write_periods(connection, [now, then], forecast, now_us)
        connection.execute(insert(budget_gateways).values(id="pod-1", started_us=1, seen_us=1_000_000))
    lines = run(tmp_path, "budgets", "list").output.splitlines()
    first, second = (next(line for line in lines if line.startswith(name)) for name in ("team-month", "seen"))
    assert first.split() == ["team-month", "hard", period.key, "$12.50", "$1.5000", "$0.2500", "$8.0000"]
    assert second.split() == ["seen", "soft", "-", "$3.00", "-", "-", "-"]
    assert lines.index(first) < lines.index(second)
    assert lines[-1] == "  pod-1  last seen 1970-01-01 00:00:01 UTC"


def test_giving_up(ledger: Engine, tmp_path: Path) -> None:
    """Asked first; closed then, by whom is in the audit log, and a second time there is nothing to close."""
    with ledger.begin() as connection:
        connection.execute(insert(budget_gateways).values(id="pod-1", started_us=1, seen_us=1_000_000))
    asked = ("budgets", "give-up", "pod-1", "--by", "ada")
    refused = run(tmp_path, *asked, typed="n\n")
    assert refused.exit_code == 1 and "gone for good" in refused.output and closed(ledger) == [None]
    given_up = run(tmp_path, *asked, "--yes")
    assert (given_up.exit_code, given_up.output) == (0, "pod-1 is given up\n")
    assert closed(ledger) != [None]
    assert "pod-1" not in run(tmp_path, "budgets", "list").output
    again = run(tmp_path, *asked, "--yes")
    assert again.exit_code == 1 and "no gateway pod-1 is open; `tiergate budgets list`" in again.output
    (entry,) = run(tmp_path, "audit", "export").output.splitlines()
    told = json.loads(entry)
    assert (told["action"], told["target"], told["actor"]) == ("budget.give_up", "pod-1", "ada")


def closed(ledger: Engine) -> list[int | None]:
    with ledger.connect() as connection:
        return list(connection.execute(select(budget_gateways.c.closed_us)).scalars())


@pytest.mark.parametrize("verb", [("list",), ("give-up", "x", "--yes")])
def test_without_a_ledger(tmp_path: Path, verb: tuple[str, ...]) -> None:
    """One line that says what is missing."""
    ended = run(tmp_path, "budgets", *verb)
    assert ended.exit_code == 1 and len(ended.output.strip().splitlines()) == 1
