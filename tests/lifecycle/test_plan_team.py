"""`policy plan --team` as somebody types it, on a ledger where two organisations have a team of one name."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from router.clock import utc
from router.lifecycle.plan_command import policy_plan
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from router.record.tables import requests
from tests.lifecycle.test_past_cache import TRACE
from tests.policy.conftest import Folder
from tests.record import rows

OWNERS = (("acme", "search"), ("globex", "search"), ("globex", "search"), ("acme", "legal"))
Plan = Callable[..., Result]


@pytest.fixture
def plan(ledger_url: str, tmp_path: Path) -> Plan:
    """Runs the command on a request each of `OWNERS`, once on SQLite and once on PostgreSQL."""
    engine = ledger_engine(ledger_url)
    migrate(engine)
    now_us = time.time_ns() // 1000
    with engine.begin() as connection:
        for n, (whose, team) in enumerate(OWNERS, 1):
            when = {"started_us": now_us - n, "day": utc(now_us - n).date().isoformat()}
            row = rows.request(rows.new_id(), organisation=whose, team=team, trace=TRACE % n, **when)
            connection.execute(insert(requests).values(**asdict(row)))
    engine.dispose()
    folders = [tmp_path / name for name in ("policies", "idea")]
    for folder in folders:
        folder.mkdir()
        written = Folder(folder)
    written.edit("policy", "objective: cheapest", "objective: best")
    settings = {
        "TIERGATE_DATABASE_URL": ledger_url,
        "TIERGATE_POLICY_DIR": str(folders[0]),
        "TIERGATE_DATA_DIR": str(tmp_path),
        "BIG_KEY": "k",
    }
    unset = {name: None for name in os.environ if name.startswith("TIERGATE_")}

    def command(*arguments: str) -> Result:
        given = [str(folders[1]), "--from", "1h", *arguments]
        return CliRunner().invoke(policy_plan, given, env={**unset, **settings})

    return command


def test_each_organisations_team_has_its_line(plan: Plan) -> None:
    """In the table and in JSON; a name that one organisation alone has stands for itself."""
    output = plan().stdout
    told = [line.split()[:2] for line in output.partition("\nteam ")[2].splitlines()]
    assert told[1:4] == [["acme/search", "1"], ["globex/search", "2"], ["legal", "1"]], output
    made = json.loads(plan("--json").stdout)
    assert [(team["name"], team["requests"]) for team in made["teams"]] == [
        ("acme/search", 1),
        ("globex/search", 2),
        ("legal", 1),
    ]


@pytest.mark.parametrize(
    ("wanted", "team", "count"),
    [("globex/search", "globex/search", 2), ("acme/search", "acme/search", 1), ("legal", "legal", 1)],
)
def test_one_team_is_planned_alone(plan: Plan, wanted: str, team: str, count: int) -> None:
    """By its name where that is one team's, and always with its organisation."""
    made = json.loads(plan("--team", wanted, "--json").stdout)
    assert (made["team"], made["total"]["requests"]) == (team, count)
    assert [one["name"] for one in made["teams"]] == [team]
    assert f" UTC of team {team}\n" in plan("--team", wanted).stdout


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("search", "several teams are called 'search': choose one of acme/search, globex/search"),
        ("ads", "no team 'ads'; there are acme/search, globex/search, legal"),
    ],
)
def test_a_name_of_several_or_none_is_refused(plan: Plan, wanted: str, said: str) -> None:
    """With what to write, as the commands of the books do, and as an error, not as changes."""
    refused = plan("--team", wanted)
    assert refused.exit_code == 1 and said in refused.stderr and not refused.stdout
