"""Every administrative verb leaves its entry, and no entry holds a secret."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

from click.testing import Result

from router.audit.anchors import FILE
from router.audit.entry import Entry
from router.audit.export import lines
from router.audit.keys import KEY_FILE
from router.domain.usage import Usage
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.write import LedgerWriter
from tests.audit.conftest import Run
from tests.audit.test_log import behind_the_back
from tests.corrections import made
from tests.policy.conftest import Folder

CREATE = ("keys", "create", "--organisation", "acme", "--team", "search", "--project", "answers")


def entries(run: Run) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("audit", "export").output.splitlines()]


def done(result: Result) -> Result:
    assert result.exit_code == 0, result.output
    return result


def test_keys(run: Run, tmp_path: Path) -> None:
    """Made and revoked: who, from where and what for; the token and what is stored of it nowhere."""
    token = done(run(*CREATE, "--label", "=CI()", "--quiet")).output.strip()
    done(run("keys", "revoke", token[3:15]))
    done(run("keys", "revoke", token[3:15]))  # nothing is done, so nothing is entered
    first, second = entries(run)
    assert (first["action"], second["action"]) == ("key.create", "key.revoke")
    assert first["target"] == second["target"] == token[3:15]
    assert first["detail"] == second["detail"]
    assert isinstance(first["detail"], dict) and first["detail"]["team"] == "search"
    assert str(first["source"]).startswith("cli ") and first["actor"]
    everything = run("audit", "export").output + (tmp_path / "data" / FILE).read_text()
    assert token not in everything and token[16:] not in everything


def test_verify_says_what_it_found(run: Run, tmp_path: Path) -> None:
    """0 and what holds; 2 and where it does not; 1 where there is nothing to check. A key that was made
    beside the data is called what it is."""
    assert run("audit", "verify").exit_code == 1
    done(run(*CREATE))
    good = done(run("audit", "verify"))
    assert (
        "The audit log holds: 1 entries" in good.output and "Signed heads: 1, up to entry 1." in good.output
    )
    assert "who can write there can forge entries" in good.output
    assert (tmp_path / "data" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    engine = ledger_engine(f"sqlite:///{tmp_path / 'data' / 'ledger.sqlite'}")
    behind_the_back(engine, "UPDATE audit_entries SET actor = 'eve'")
    bad = run("audit", "verify")
    assert (bad.exit_code, "audit_entries row 1: it was changed" in bad.output) == (2, True)
    behind_the_back(engine, "DELETE FROM audit_entries")
    cut = run("audit", "verify", "--json")
    (problem,) = json.loads(cut.output)["problems"]
    assert cut.exit_code == 2 and f"{FILE}:1: there was an entry 1" in problem
    engine.dispose()


def test_heads_of_other_machines(run: Run, tmp_path: Path) -> None:
    """A cut tail whose own file of heads was cut as well is found by a copy from elsewhere."""
    done(run(*CREATE))
    done(run(*CREATE))
    anchors = tmp_path / "data" / FILE
    elsewhere = tmp_path / "collected.log"
    elsewhere.write_text(f"INFO audit: head {anchors.read_text().splitlines()[-1]}\n")
    anchors.unlink()
    engine = ledger_engine(f"sqlite:///{tmp_path / 'data' / 'ledger.sqlite'}")
    behind_the_back(engine, "DELETE FROM audit_entries WHERE seq = 2")
    engine.dispose()
    blind = done(run("audit", "verify"))
    assert "No signed head is known here: a tail that was cut off would not be noticed." in blind.output
    found = run("audit", "verify", "--anchors", str(elsewhere))
    assert (found.exit_code, "collected.log:1: there was an entry 2" in found.output) == (2, True)


def test_configured_keys(run: Run, tmp_path: Path) -> None:
    """By variable or file, nothing is made in the data folder and nothing is said of it; a weak, empty or
    missing key is refused by the name of its setting."""
    file = tmp_path / "key"
    file.write_text("a" * 64 + "\n")
    by_file = {"TIERGATE_AUDIT_KEY_FILE": str(file)}
    done(run(*CREATE, **by_file))
    assert not (tmp_path / "data" / KEY_FILE).exists()
    assert "forge" not in done(run("audit", "verify", **by_file)).output
    assert done(run("audit", "verify", TIERGATE_AUDIT_KEY="b" * 32 + " " + "a" * 64))
    for environment, said in (
        ({"TIERGATE_AUDIT_KEY": "short"}, "TIERGATE_AUDIT_KEY: a key needs 32 characters or more"),
        ({"TIERGATE_AUDIT_KEY": " "}, "TIERGATE_AUDIT_KEY holds no key"),
        ({"TIERGATE_AUDIT_KEY_FILE": str(tmp_path / "none")}, "TIERGATE_AUDIT_KEY_FILE: "),
    ):
        refused = run(*CREATE, **environment)
        assert (refused.exit_code, said in refused.output) == (1, True), refused.output
    assert len(entries(run)) == 1


def test_export_and_list(run: Run, tmp_path: Path) -> None:
    """JSON lines and CSV say the same; a cell is never a formula; a list can be narrowed."""
    done(run(*CREATE, "--label", "x"))
    done(run("keys", "revoke", str(entries(run)[0]["target"])))
    (row, _) = csv.DictReader(io.StringIO(run("audit", "export", "--format", "csv").output))
    (first, second) = entries(run)
    assert (row["mac"], row["at"], json.loads(row["detail"])) == (first["mac"], first["at"], first["detail"])
    out = tmp_path / "audit.jsonl"
    done(run("audit", "export", "--after", "1", "--out", str(out)))
    assert [json.loads(line)["seq"] for line in out.read_text().splitlines()] == [2]
    listed = run("audit", "list", "--action", "key.rev", "--json").output.splitlines()
    assert [json.loads(line)["seq"] for line in listed] == [second["seq"]]
    assert run("audit", "list", "--actor", "nobody").output == "No entries.\n"
    assert "key.create" in run("audit", "list").output


def test_a_list_reads_as_what_was_done(run: Run, tmp_path: Path) -> None:
    """The reason first, one change a line, nothing cut off; a text of a person is no markup and no escape
    sequence."""
    policies = tmp_path / "policies"
    policies.mkdir()
    Folder(policies)
    where = {"TIERGATE_POLICY_DIR": str(policies), "TIERGATE_POLICY_SOURCE": "database", "COLUMNS": "200"}
    done(run(*CREATE, "--label", "[red]x\x1b[2J"))
    idea = tmp_path / "idea"
    done(run("policy", "show", "--write", str(idea), **where))
    policy = idea / "policy.yaml"
    policy.write_text(policy.read_text().replace("owner: ", "owner: another ", 1))
    plan = ("policy", "plan", str(idea), "--out", str(tmp_path / "p.json"))
    assert run(*plan, **where).exit_code == 0
    done(run("policy", "apply", str(tmp_path / "p.json"), "--reason", "a new owner", **where))
    listed = run("audit", "list", **where).output
    assert "reason: a new owner" in listed and "previous: " in listed and "…" not in listed
    assert "[red]x" in listed and "\x1b" not in listed


def test_no_cell_is_a_formula() -> None:
    """What a person typed as a name reaches a spreadsheet as text."""
    entry = Entry(1, 2, "=cmd()", None, "cli", "key.create", "+k", "{}", "k", "", "m")
    (_, row) = csv.reader(io.StringIO("".join(lines([entry], "csv"))))
    assert (row[3], row[7]) == ("'=cmd()", "'+k")


def test_prices_and_corrections(run: Run, tmp_path: Path) -> None:
    """A price import tells the rows it ends and adds; a correction its batch before and its sum after."""
    policies = tmp_path / "policies"
    policies.mkdir()
    Folder(policies)
    source = tmp_path / "map.json"
    source.write_text('{"big-v1": {"input_cost_per_token": 1.5e-06, "output_cost_per_token": 1e-05}}')
    ledger = ledger_engine(f"sqlite:///{tmp_path / 'data' / 'ledger.sqlite'}")
    migrate(ledger)
    LedgerWriter(ledger).insert([as_done(*made.request([made.Try("big", Usage(9, 0, 0, 1))], made.book()))])
    ledger.dispose()
    where = {"TIERGATE_POLICY_DIR": str(policies)}
    prices = ("prices", "import", "--file", str(source), "--map", "big=big-v1", "--from", "2027-12-01")
    done(run(*prices, "--write", **where))
    reason = ("--reason", "forgotten", "--by", "fin")
    done(run("ledger", "rerate", "--from", "2026-01-01", "--to", "2027-01-01", *reason, **where))
    imported, begun, ended = entries(run)
    assert (imported["action"], imported["target"]) == ("prices.import", str(policies / "prices.yaml"))
    assert any("valid_to" in change for change in imported["detail"]["changes"])  # type: ignore[index]
    assert (begun["action"], begun["actor"], ended["action"]) == ("correction.begin", "fin", "correction.end")
    assert begun["target"] == ended["target"]
    assert ended["detail"]["corrections"] == 1  # type: ignore[index]


def test_months(run: Run, tmp_path: Path) -> None:
    """Closing and opening again, with the digest, what was accepted and why."""
    ledger = ledger_engine(f"sqlite:///{tmp_path / 'data' / 'ledger.sqlite'}")
    migrate(ledger)
    ledger.dispose()
    month = date(2026, 8, 1).isoformat()[:7]
    done(run("close", month, "--by", "fin", "--accept", "invoices"))
    done(run("reopen", month, "--by", "fin", "--reason", "late invoice"))
    closed, opened = entries(run)
    assert (closed["action"], closed["target"], closed["actor"]) == ("period.close", month, "fin")
    assert closed["detail"]["digest"] == opened["detail"]["digest"]  # type: ignore[index]
    assert (opened["action"], opened["detail"]["reason"]) == ("period.reopen", "late invoice")  # type: ignore[index]
