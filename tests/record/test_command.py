"""`tiergate keys` and `tiergate ledger` as a person and as a program see them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from router.admin.keys_command import keys
from router.record.command import ledger
from router.record.keyring import KeyRing
from router.record.lines import as_done
from router.record.opened import interrupted
from router.record.since import until
from router.record.write import LedgerWriter
from tests.record import rows

Run = Callable[..., Result]
CLI = click.Group(commands={"keys": keys, "ledger": ledger})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the command on the ledger of a folder of its own."""

    def command(*arguments: str, **environment: str) -> Result:
        variables = {"TIERGATE_DATA_DIR": str(tmp_path), **environment}
        unset = {name: None for name in os.environ if name.startswith("TIERGATE_")}
        return CliRunner().invoke(CLI, arguments, env=unset | variables)

    return command


CREATE = ("keys", "create", "--organisation", "acme", "--team", "search", "--project", "answers")


def fill(engine: Engine) -> None:
    """A real answer, a simulated one, one whose cost nobody knows."""
    one, two, three = (rows.new_id() for _ in range(3))
    frontier = {"tier": "frontier", "model": "gpt-frontier-with-a-long-name", "simulated": True}
    LedgerWriter(engine).insert(
        [
            as_done(rows.request(one), [rows.attempt(one)]),
            as_done(
                rows.request(two, rule="restricted-stays-home", task="classification", **frontier),
                [rows.attempt(two, cost_pico=9_000_000_000, **frontier)],
            ),
            as_done(*interrupted([rows.opened(three)])),
        ]
    )


def test_a_key_that_ends_and_its_successor(run: Run, sqlite_ledger: Engine) -> None:
    """`--expires` sets an end, `rotate` makes a successor and lets the old one end; what is over stays so."""
    token = run(*CREATE, "--tier", "small", "--expires", "90d", "--quiet").output.strip()
    rotated = run("keys", "rotate", token[3:15], "--overlap", "0s", "--quiet")
    successor = rotated.output.strip()
    ring = KeyRing(sqlite_ledger, 1.0)
    ring.load()
    caller = ring.authenticate(successor)
    assert caller is not None and caller.allowed_tiers == {"small"}
    assert ring.authenticate(token) is None
    again = run("keys", "rotate", token[3:15])
    assert (again.exit_code, "has expired" in again.output) == (1, True)
    assert "is not like 90s" in run(*CREATE, "--expires", "soon").output
    rows = json.loads(run("keys", "list", "--json").output)
    assert [row["rotated_from"] for row in rows] == [None, token[3:15]]


@pytest.mark.parametrize("verb", [CREATE, ("keys", "list"), ("ledger", "summary")], ids=" ".join)
def test_a_bad_setting_is_named(run: Run, verb: tuple[str, ...]) -> None:
    """As `tiergate serve` says it: the variable and what is wrong, without a traceback."""
    result = run(*verb, TIERGATE_PORT="eighty")
    assert result.exit_code == 1
    assert result.output.startswith("Error: settings are refused:\nTIERGATE_PORT: ")
    assert len(result.output.splitlines()) == 2


def test_create_shows_the_token_once(run: Run, sqlite_ledger: Engine) -> None:
    """The token printed works, and neither list nor revoke ever shows it."""
    token = run(*CREATE, "--tier", "small", "--label", "CI runner").output.splitlines()[0]
    ring = KeyRing(sqlite_ledger, 1.0)
    ring.load()
    caller = ring.authenticate(token)
    assert caller is not None and caller.allowed_tiers == {"small"}
    listed = run("keys", "list").output
    assert caller.key_id in listed and "CI runner" in listed and "small" in listed
    revoked = run("keys", "revoke", caller.key_id)
    assert revoked.output == f"Revoked {caller.key_id}. Running gateways refuse it within seconds.\n"
    assert token[16:] not in listed + revoked.output + run("keys", "list", "--json").output


def test_create_for_programs(run: Run) -> None:
    """`--quiet` prints the token alone, `--json` the key and its token."""
    assert len(run(*CREATE, "--quiet").output.strip()) == 59
    made = json.loads(run(*CREATE, "--json", "--model", "qwq-32b").output)
    assert made["token"].startswith(f"tg-{made['id']}-")
    assert made["allowed_models"] == ["qwq-32b"]
    assert [key["id"] for key in json.loads(run("keys", "list", "--json").output)][1] == made["id"]


def test_models_of_a_key(run: Run, tmp_path: Path) -> None:
    """A name, or a pattern, that is no model of the catalog in force is refused; where no catalog can be read
    a warning says that nothing was checked."""
    slip = run(*CREATE, "--model", "qwq-32b", "--model", "qwq-33b")
    assert slip.exit_code == 2
    assert "'--model': the catalog in force has no model 'qwq-33b'; did you mean 'qwq-32b'?" in slip.stderr
    pattern = run(*CREATE, "--model", "qwq*")
    assert pattern.exit_code == 2 and "names are taken whole, without patterns" in pattern.stderr
    assert json.loads(run("keys", "list", "--json").stdout) == []
    elsewhere = tmp_path / "no-policies"
    unread = run(*CREATE, "--model", "qwq-33b", "--quiet", TIERGATE_POLICY_DIR=str(elsewhere))
    assert len(unread.stdout.strip()) == 59
    assert f"Warning: --model is not checked: {elsewhere}:1: cannot be read" in unread.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("ledger", "tail"), "there is no ledger yet"),
        (("ledger", "summary"), "there is no ledger yet"),
        (("keys", "list"), "there is no ledger yet"),
        (("keys", "create", "--organisation", "a"), "Missing option '--team'"),
        ((*CREATE, "--tier", "tiny"), "'tiny' is not one of"),
        ((*CREATE, "--team", ""), "'--team': '': it must have 1 to 128 characters"),
        ((*CREATE, "--team", " "), "not blanks alone"),
        ((*CREATE, "--project", "a\nb"), "without line breaks"),
        ((*CREATE, "--organisation", "x" * 129), "1 to 128 characters"),
    ],
)
def test_clear_errors(run: Run, tmp_path: Path, arguments: tuple[str, ...], text: str) -> None:
    """What is wrong is said in one line with a failing exit code, and looking creates no file."""
    result = run(*arguments)
    assert result.exit_code != 0 and text in result.output
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_unknown_key_and_time(run: Run, sqlite_ledger: Engine) -> None:
    """An unknown key id and a time that is none are refused with what would be right."""
    assert "tiergate keys list" in run("keys", "revoke", "nobody").output
    assert "neither like 30m" in run("ledger", "summary", "--since", "yesterday").output


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    """It is a slip, and "nothing to correct" would be taken for an answer."""
    early, late = (int(datetime(2026, month, 1, tzinfo=UTC).timestamp()) * 1_000_000 for month in (10, 11))
    assert until(early, late) == late and until(early, None) > early
    with pytest.raises(click.BadParameter, match=r"2026-10-01 00:00 is not after --from, 2026-11-01 00:00"):
        until(late, early)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("postgresql://me:hidden@127.0.0.1:1/x", "cannot be used"),
        ("mysql://me:hidden@127.0.0.1/x", "use sqlite:/// or postgresql://"),
        ("hidden", "Could not parse"),
    ],
)
def test_a_database_that_is_away(run: Run, url: str, text: str) -> None:
    """A database that cannot be reached is one line, exit code 1, and no password."""
    result = run("ledger", "tail", TIERGATE_DATABASE_URL=url)
    assert result.exit_code == 1
    assert text in result.output and "hidden" not in result.output
    assert result.output.count("\n") <= 2


def test_empty(run: Run, sqlite_ledger: Engine) -> None:
    """A ledger without rows says so."""
    assert run("ledger", "tail").output == "No requests yet.\n"
    assert run("ledger", "summary").output == "No requests yet.\n"
    assert "No keys yet" in run("keys", "list").output
    assert run("ledger", "tail", "--json").output == ""


def test_tail(run: Run, sqlite_ledger: Engine) -> None:
    """The table fits 100 columns, marks simulated money, calls an unknown cost unknown; JSON has it all."""
    fill(sqlite_ledger)
    output = run("ledger", "tail").output
    assert max(map(len, output.splitlines())) <= 100
    assert "* simulated endpoints: no real money" in output
    [simulated] = [line for line in output.splitlines() if "gpt-front" in line]
    assert "*" in simulated
    [lost] = [line for line in output.splitlines() if "interrupted" in line]
    assert "unknown" in lost and "$" not in lost
    lines = [json.loads(line) for line in run("ledger", "tail", "--json", "-n", "2").output.splitlines()]
    assert len(lines) == 2 and {"rule", "cost_pico", "gateway_us", "trace"} - set(lines[0]) == {"trace"}


def test_show(run: Run, sqlite_ledger: Engine) -> None:
    """One request with everything that is known of its answer; an id that is not there is told so."""
    fill(sqlite_ledger)
    [last] = [json.loads(line) for line in run("ledger", "tail", "--json", "-n", "1").output.splitlines()]
    output = run("ledger", "show", last["id"]).output
    assert last["id"] in output and "judged by a model (an opinion, no verdict)" in output
    found = json.loads(run("ledger", "show", last["id"], "--json").output)
    assert set(found) == {"request", "attempts", "verdicts", "judgements", "judge_calls", "feedback"}
    missing = run("ledger", "show", "nothing")
    assert missing.exit_code == 1 and "no request 'nothing' is in the database" in missing.output


@pytest.mark.parametrize("by", ["tier", "team", "model", "day"])
def test_summary(run: Run, sqlite_ledger: Engine, by: str) -> None:
    """Every grouping fits 100 columns and counts unknown costs beside the sum."""
    fill(sqlite_ledger)
    output = run("ledger", "summary", "--by", by).output
    assert max(map(len, output.splitlines())) <= 100
    assert "their cost is in no sum" in output and "over the 2 requests" in output
    found = json.loads(run("ledger", "summary", "--by", by, "--json").output)
    assert found["total"]["cost"] == 9_001_000_001
    assert found["total"]["unknown"] == 1


def test_a_summary_by_team_tells_organisations_apart(run: Run, sqlite_ledger: Engine) -> None:
    """A line for each organisation's team of one name, in the table and in JSON; long names are whole."""
    far = "an-organisation-of-a-very-long-name"
    for whose in ("acme", far):
        one = rows.new_id()
        LedgerWriter(sqlite_ledger).insert(
            [as_done(rows.request(one, organisation=whose), [rows.attempt(one)])]
        )
    output = run("ledger", "summary", "--by", "team").output
    assert output.splitlines()[1].startswith("acme/search ")
    folded = "".join(line.split(" ", 1)[0] for line in output.splitlines()[2:5])
    assert folded.startswith(f"{far}/search") and max(map(len, output.splitlines())) <= 100
    found = json.loads(run("ledger", "summary", "--by", "team", "--json").output)
    assert [row["group"] for row in found["rows"]] == ["acme/search", f"{far}/search"]


def test_migrate(run: Run) -> None:
    """`ledger migrate` makes the ledger, and again changes nothing."""
    assert run("ledger", "migrate").output == run("ledger", "migrate").output
    assert run("ledger", "tail").exit_code == 0
