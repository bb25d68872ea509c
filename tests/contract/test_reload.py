"""A changed policy folder under load."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.contract.chat import user
from tests.contract.conftest import RULES, Desk
from tests.contract.folder import TestModel, write_folder, write_policy
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.load import under_load, until_async
from tests.contract.until import until


@pytest.fixture(scope="module")
def gateway(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose folder may be changed."""
    folder = tmp_path_factory.mktemp("reload")
    models = [
        TestModel("big", "frontier", desk.abroad.base_url, desk.abroad.model, (2.0, 10.0)),
        TestModel("little", "small", desk.home.base_url, desk.home.model),
    ]
    with running_gateway(folder, write_folder(folder / "policies", models, RULES)) as gateway:
        yield gateway


def digest(gateway: Gateway) -> str:
    """Of the policy in force."""
    in_force: str = gateway.ready()["policy"]["digest"]
    return in_force


async def test_reload_under_load(gateway: Gateway) -> None:
    """Five changes under load drop no request; each answer and each row names the policy that decided it."""
    first = digest(gateway)
    seen = {first}
    async with under_load(gateway, "reload") as load:
        for number in range(5):
            write_policy(gateway.policy_dir, "big", [*RULES[:-1], {**RULES[-1], "name": f"default-{number}"}])
            await until_async(lambda: digest(gateway) not in seen)
            seen.add(digest(gateway))
            count = len(load.answered)
            await until_async(lambda count=count: len(load.answered) > count + 20)
    assert (load.broken, load.refused) == ([], {})
    assert load.digests == seen
    assert len(seen) == 6
    names = set(load.answered)
    sql = "SELECT client_request_id AS name, rule, policy_digest FROM requests"
    await asyncio.to_thread(until, lambda: names <= {row["name"] for row in gateway.query(sql)})
    by_digest = {(row["policy_digest"], row["rule"]) for row in gateway.query(sql)}
    assert {digest for digest, _ in by_digest} == seen
    assert len(by_digest) == len(seen)
    sql = "SELECT target, actor, detail FROM audit_entries WHERE action = 'policy.reload' ORDER BY seq"
    await asyncio.to_thread(until, lambda: len(gateway.query(sql)) == len(seen))
    entered = gateway.query(sql)
    assert {row["target"] for row in entered} == seen
    assert "default-4" in entered[-1]["detail"]


def test_broken_yaml(gateway: Gateway) -> None:
    """A folder that does not load leaves the last good policy in force; /readyz, metric and log say so, until
    it is mended."""
    good = digest(gateway)
    file = gateway.policy_dir / "policy.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"rules"', '"ruels"'), encoding="utf-8")
    until(lambda: gateway.ready()["policy"]["refused"])
    ready = gateway.ready()
    assert (ready["status"], ready["policy"]["digest"]) == ("ready", good)
    assert "policy.yaml:" in ready["policy"]["refused"][0]
    assert "no 'rules'" in ready["policy"]["refused"][0]
    assert b"tiergate_policy_reload_failed 1.0" in gateway.get("/metrics")[1]
    assert "policy change refused" in gateway.log()
    with gateway.client() as client:
        raw = client.chat.completions.with_raw_response.create(model="auto", messages=user())
    assert raw.headers["x-tiergate-policy-digest"] == good
    file.write_text(text, encoding="utf-8")
    until(lambda: not gateway.ready()["policy"]["refused"])
    assert b"tiergate_policy_reload_failed 0.0" in gateway.get("/metrics")[1]


def test_missing_folder(gateway: Gateway) -> None:
    """A folder that vanishes is no reason to stop."""
    good = digest(gateway)
    away = gateway.policy_dir.rename(gateway.policy_dir.with_name("away"))
    until(lambda: gateway.ready()["policy"]["refused"])
    with gateway.client() as client:
        client.chat.completions.create(model="auto", messages=user())
    away.rename(gateway.policy_dir)
    until(lambda: not gateway.ready()["policy"]["refused"])
    assert digest(gateway) == good
