"""Stored prompts on a running gateway: sealed everywhere, opened with the key, erased by person."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from router.cli import main
from router.record.tables import prompts
from tests.contract.chat import user
from tests.contract.conftest import RULES, Desk
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.until import until

SECRET = "the zebra's password is kaleidoscope"


@pytest.fixture(scope="module")
def gateway(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("prompts")
    models = [TestModel("little", "small", desk.home.base_url, desk.home.model)]
    policies = write_folder(folder / "policies", models, [{**RULES[-1], "quality_target": 0.1}])
    with running_gateway(folder, policies, store_prompts="true", prompt_key="ab" * 32) as gateway:
        yield gateway


def run(gateway: Gateway, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env=gateway.environment())


def ask(gateway: Gateway, subject: str) -> str:
    """A request of that person, with feedback; its id."""
    with gateway.client() as client:
        raw = client.chat.completions.with_raw_response.create(
            model="auto", messages=user(SECRET), safety_identifier=subject
        )
    request_id = raw.headers["x-request-id"]
    said = {"request_id": request_id, "score": 0.5, "comment": f"{subject} says: {SECRET}"}
    headers = {"authorization": f"Bearer {gateway.token}"}
    told = httpx.post(f"{gateway.origin}/v1/feedback", json=said, headers=headers)
    assert told.status_code == 201 and told.json()["comment"] == said["comment"]
    again = httpx.post(f"{gateway.origin}/v1/feedback", json=said, headers=headers)
    assert again.status_code == 200 and again.json() == told.json()
    sql = f"SELECT 1 FROM prompts JOIN feedback USING (request_id) WHERE request_id = '{request_id}'"
    until(lambda: gateway.query(sql))
    return request_id


def test_sealed_opened_erased(gateway: Gateway) -> None:
    """The text is in no file; with the key it is shown, which the audit log has; erasing a person takes text,
    feedback and the reference to them, leaves money and everybody else's, and says so without naming them."""
    mine, other = ask(gateway, "ann@example.org"), ask(gateway, "bob@example.org")
    data = gateway.log_file.parent / "data"
    stored = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    sealed = [row["sealed"] for row in gateway.query("SELECT sealed FROM prompts")]
    assert len(sealed) == 2 and not any("zebra" in text for text in sealed)
    assert SECRET.encode() not in stored
    assert not any("ann" in row["subject"] for row in gateway.query("SELECT subject FROM prompts"))
    shown = run(gateway, "prompts", "show", mine, "--reason", "ticket 7")
    assert json.loads(shown.output) == user(SECRET)
    words = run(gateway, "prompts", "show", mine, "--words", "--reason", "ticket 7")
    assert json.loads(words.output)["comments"] == [f"ann@example.org says: {SECRET}"]
    assert "sealed: `tiergate prompts show --words`" in run(gateway, "ledger", "show", mine).output
    money = "SELECT id, cost_pico, list_pico, tier, outcome FROM requests ORDER BY id"
    before = gateway.query(money)
    done = run(gateway, "erase", "--subject", "ann@example.org", "--reason", "asked to", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["prompts"] == 1
    assert gateway.query(money) == before
    comments = {row["request_id"]: row["comment"] for row in gateway.query("SELECT * FROM feedback")}
    assert comments[mine] is None and comments[other] is not None
    left = {row["request_id"]: row for row in gateway.query("SELECT * FROM prompts")}
    assert (left[mine]["sealed"], left[mine]["subject"]) == (None, None) and left[other]["sealed"]
    for what in ([], ["--words"]):
        assert run(gateway, "prompts", "show", mine, *what, "--reason", "x").exit_code == 1
    log = run(gateway, "audit", "export").output
    assert '"prompt.show"' in log and '"subject.erase"' in log
    assert "ann@" not in log and "zebra" not in log
    assert run(gateway, "audit", "verify").exit_code == 0


def test_over(gateway: Gateway) -> None:
    """What is older than its days goes, and an erasure meets rows that come late."""
    late = ask(gateway, "eve")
    assert run(gateway, "erase", "--subject", "eve", "--reason", "asked to").exit_code == 0
    with gateway.engine.begin() as connection:  # as if a journal had held the row back
        again = {"subject": _last_erased(gateway), "sealed": "x"}
        connection.execute(update(prompts).where(prompts.c.request_id == late).values(**again))
    assert run(gateway, "prompts", "purge").output.startswith("1 prompts")
    assert gateway.query(f"SELECT sealed FROM prompts WHERE request_id = '{late}'") == [{"sealed": None}]
    with gateway.engine.begin() as connection:
        old = time.time_ns() // 1000 - 31 * 86_400_000_000
        connection.execute(update(prompts).values(stored_us=old))
    run(gateway, "prompts", "purge")
    assert gateway.query("SELECT * FROM prompts") == []


def _last_erased(gateway: Gateway) -> str:
    rows = gateway.query("SELECT subject FROM erasures ORDER BY erased_us DESC")
    found: str = rows[0]["subject"]
    return found
