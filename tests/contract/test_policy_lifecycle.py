"""From an idea to an applied change and back: two gateways on one database, real traffic, the verbs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from router.cli import main
from router.lifecycle.recorded import Row
from router.record.tables import policies, requests
from tests.contract.chat import user
from tests.contract.conftest import RULES, Desk
from tests.contract.folder import TestModel, write_folder, write_policy
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.load import under_load, until_async
from tests.contract.until import until
from tests.postgres import fresh_database


@dataclass(frozen=True, slots=True)
class Pair:
    """Two replicas, and the admin's own machine. `idea` is a copy of the folder that may be changed."""

    one: Gateway
    other: Gateway
    idea: Path

    def admin(self, *arguments: str) -> Result:
        """`tiergate policy ...` as an admin types it."""
        return CliRunner().invoke(main, ["policy", *arguments], env=self.one.environment())

    def digests(self) -> set[str]:
        """What both say is in force."""
        return {gateway.ready()["policy"]["digest"] for gateway in (self.one, self.other)}


@pytest.fixture(scope="module")
def pair(desk: Desk, tmp_path_factory: pytest.TempPathFactory, postgres_server_url: str) -> Iterator[Pair]:
    """Both read the database; nothing was applied yet, so their folders are in force."""
    folder = tmp_path_factory.mktemp("lifecycle")
    models = [
        TestModel("big", "frontier", desk.abroad.base_url, desk.abroad.model, (2.0, 10.0), residency="us"),
        TestModel("little", "small", desk.home.base_url, desk.home.model, ability=0.75),
    ]
    first = write_folder(folder / "policies", models, RULES)
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(postgres_server_url))
        settings = {"policy_source": "database", "database_url": url, "audit_key": "k" * 32}
        for name in ("one", "other"):
            (folder / name).mkdir()
        one, other = (
            stack.enter_context(running_gateway(folder / name, first, **settings))
            for name in ("one", "other")
        )
        yield Pair(one, other, write_folder(folder / "idea", models, RULES))


def audit(pair: Pair, *arguments: str) -> str:
    """`tiergate audit ...`"""
    found = CliRunner().invoke(main, ["audit", *arguments], env=pair.one.environment())
    assert found.exit_code == 0, found.output
    return found.output


def change(pair: Pair, name: str, **rule: object) -> None:
    """The idea: another default rule."""
    write_policy(pair.idea, "big", [*RULES[:-1], {"name": name, "verify": "after_reply", **rule}])


async def test_idea_plan_apply_rollback(pair: Pair, tmp_path: Path) -> None:
    """What a new rule does to past traffic is told before it acts; under load both replicas take it up
    without dropping a request; it can be taken back; who, when and why stay known."""
    (first,) = pair.digests()
    with pair.one.client() as client:
        for number in range(5):
            client.chat.completions.create(model="auto", messages=user(f"Number {number}, please."))
    until(lambda: len(pair.one.query("SELECT 1 FROM requests")) >= 5)
    change(pair, "best-first", objective="best")
    file = tmp_path / "plan.json"
    planned = pair.admin("plan", str(pair.idea), "--out", str(file))
    assert planned.exit_code == 2, planned.output
    assert "Changed: 5 of 5 decisions (100.0%)" in planned.output
    assert "default > best-first  little on little-endpoint  big on big-endpoint" in planned.output
    assert "no evidence" in planned.output
    plan = json.loads(file.read_text())
    assert (plan["in_force"], plan["total"]["changed"]) == (first, 5)

    async with under_load(pair.one, "one") as load, under_load(pair.other, "other") as load_other:
        await until_async(lambda: bool(load.answered and load_other.answered))
        reason = ("--reason", "the best model, once", "--as", "ada")
        applied = await asyncio.to_thread(pair.admin, "apply", str(file), *reason)
        assert applied.exit_code == 0, applied.output
        await until_async(lambda: pair.digests() == {plan["new"]})
        count = len(load.answered), len(load_other.answered)
        await until_async(
            lambda: len(load.answered) > count[0] + 10 and len(load_other.answered) > count[1] + 10
        )
    for one in (load, load_other):
        assert (one.broken, one.refused) == ([], {})
        assert one.digests == {first, plan["new"]}
    assert pair.one.ready()["policy"]["version"] == 2
    again = pair.admin("apply", str(file), "--reason", "again")
    assert again.exit_code == 1
    assert f"{plan['new']} is in force now, the plan was made against {first}: plan anew" in again.output

    back = pair.admin("rollback", "--reason", "too dear", "--as", "grace")
    assert back.exit_code == 0, back.output
    until(lambda: pair.digests() == {first})
    told = pair.admin("history").output
    for words in ("the best model, once", "too dear", "ada", "grace", "before the first version"):
        assert words in told
    log = [json.loads(line) for line in audit(pair, "list", "--action", "policy.", "--json").splitlines()]
    acts = [(entry["action"], entry["actor"], entry["target"]) for entry in log]
    assert acts[-2:] == [("policy.apply", "ada", plan["new"]), ("policy.rollback", "grace", first)]
    assert any("best-first" in change for change in log[-2]["detail"]["changes"])
    assert "The audit log holds" in audit(pair, "verify")


def test_a_plan_is_bound_to_what_was_read(pair: Pair, tmp_path: Path) -> None:
    """A folder that changed since, and a plan edited by hand, are refused; nothing is applied."""
    before = len(json.loads(pair.admin("history", "--json").output))
    change(pair, "later", objective="best")
    file = tmp_path / "plan.json"
    assert pair.admin("plan", str(pair.idea), "--out", str(file)).exit_code in (0, 2)
    change(pair, "later-still", objective="best")
    refused = pair.admin("apply", str(file), "--reason", "x")
    assert (refused.exit_code, "plan anew" in refused.output) == (1, True)
    file.write_text(file.read_text().replace(json.loads(file.read_text())["new"], "0" * 16))
    refused = pair.admin("apply", str(file), "--reason", "x")
    assert (refused.exit_code, "was changed after it was written" in refused.output) == (1, True)
    assert len(json.loads(pair.admin("history", "--json").output)) == before


def test_shadow_and_canary_on_real_traffic(pair: Pair, tmp_path: Path) -> None:
    """What a shadow rule would do stands in the trace and nowhere else; all turns of a conversation are on
    one side of a canary; and every row decides again as it did."""
    canary = {"name": "half", "objective": "best", "mode": {"canary": 0.5, "sticky": "conversation"}}
    watching = {"name": "watching", "objective": "best", "mode": "shadow", "when": "input_tokens > 1"}
    write_policy(pair.idea, "big", [watching, canary, RULES[-1]])
    file = tmp_path / "plan.json"
    assert pair.admin("plan", str(pair.idea), "--out", str(file)).exit_code == 2
    assert pair.admin("apply", str(file), "--reason", "try it").exit_code == 0
    new = json.loads(file.read_text())["new"]
    until(lambda: pair.digests() == {new})
    by_topic: dict[str, set[str]] = {}
    with pair.one.client() as client:
        for topic in map(str, range(12)):
            turns = user(f"Topic {topic}: go on.")
            for _ in range(2):
                raw = client.chat.completions.with_raw_response.create(model="auto", messages=turns)
                by_topic.setdefault(topic, set()).add(raw.headers["x-tiergate-rule"])
                turns = [*turns, {"role": "assistant", "content": "so be it"}, *user("And then?")]
    assert all(len(rules) == 1 for rules in by_topic.values())
    assert set.union(*by_topic.values()) == {"half", "default"}
    query = select(*(requests.c[name] for name in Row._fields)).where(requests.c.policy_digest == new)

    def rows() -> list[Row]:
        with pair.one.engine.connect() as connection:
            found = [Row(*row) for row in connection.execute(query)]
        return found if len(found) == 24 else []

    for row in until(rows):
        trace = json.loads(row.trace)
        assert [(one["rule"], one["model"]) for one in trace["shadow"]] == [("watching", "big")]
        assert trace.get("mode") == ("canary" if row.rule == "half" else None)
    same = pair.admin("plan", str(pair.idea), "--from", "1h")
    assert (same.exit_code, "100.0% begin with the endpoint they began with then" in same.output) == (0, True)
    assert pair.admin("rollback", "--reason", "tried").exit_code == 0
    until(lambda: new not in pair.digests())


def test_a_bad_version_keeps_the_last_good_one(pair: Pair) -> None:
    """Who writes into the table by hand breaks nothing, not even a restart; the next good one is taken."""
    (good,) = pair.digests()
    version = len(json.loads(pair.admin("history", "--json").output)) + 1
    row = {
        "version": version, "digest": "f" * 16, "previous": good, "files": '{"policy.yaml": "rules: ["}',
        "applied_us": 1, "applied_by": "nobody", "reason": "by hand",
    }  # fmt: skip
    with pair.one.engine.begin() as connection:
        connection.execute(insert(policies).values(**row))
    until(lambda: pair.one.ready()["policy"]["refused"])
    assert pair.digests() == {good}
    pair.other.stop()
    pair.other.start()
    assert pair.digests() == {good}
    with pair.other.client() as client:
        client.chat.completions.create(model="auto", messages=user())
    with pair.one.engine.begin() as connection:
        connection.execute(policies.delete().where(policies.c.version == version))
    until(lambda: not any(gateway.ready()["policy"]["refused"] for gateway in (pair.one, pair.other)))


def test_nothing_changes_is_exit_code_0(pair: Pair) -> None:
    """The policy in force planned against itself."""
    shown = pair.idea.parent / "shown"
    assert pair.admin("show", "--write", str(shown)).exit_code == 0
    same = pair.admin("plan", str(shown))
    assert (same.exit_code, "No changes" in same.output) == (0, True)
    assert "No difference" in pair.admin("diff", str(shown)).output
    wrong = pair.admin("plan", str(shown), "--nonsense")
    assert wrong.exit_code == 1
