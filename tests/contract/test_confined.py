"""Confined data through a real gateway: what it may not ask for, and what the ledger keeps of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from openai import OpenAI, PermissionDeniedError

from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.conftest import RULES
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.scripted import Scripted, scripted_upstream
from tests.contract.until import until

RESTRICTED = {"x-tiergate-data-class": "restricted"}
PICTURE = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://e.org/a.png"}}]}]
FAILED = b'{"error": {"message": "cannot read: the moon is made of zinc", "type": "server_error"}}'
MARK = "the moon is made of zinc"


@pytest.fixture(scope="module")
def home(background: Background) -> Scripted:
    return background.enter(scripted_upstream())


@pytest.fixture(scope="module", params=[None, "on-premises"], ids=["unknown", "on-premises"])
def gateway(
    request: pytest.FixtureRequest, home: Scripted, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """Keeps prompts, with a ledger that nobody says the place of, or one on the premises."""
    folder = tmp_path_factory.mktemp("confined")
    policy = write_folder(
        folder / "policies", [TestModel("m", "frontier", home.url, "m", endpoint={"max_retries": 1})], RULES
    )
    place = {} if request.param is None else {"ledger_residency": request.param}
    with running_gateway(folder, policy, store_prompts="true", prompt_key="ab" * 32, **place) as one:
        yield one


@pytest.mark.parametrize("fields", [{"messages": PICTURE}, {"web_search_options": {}}])
def test_nothing_confined_makes_an_upstream_reach_out(
    gateway: Gateway, home: Scripted, fields: dict[str, Any]
) -> None:
    """Not even one that may see it; who is not confined may."""
    request: dict[str, Any] = {"model": "auto", "messages": user(), **fields}
    sent = len(home.bodies)
    with gateway.client() as client, pytest.raises(PermissionDeniedError) as refused:
        client.chat.completions.create(**request, extra_headers=RESTRICTED)
    assert refused.value.code == "would_reach_out" and "on-premises" in refused.value.message
    assert len(home.bodies) == sent
    _answered(home)
    with gateway.client() as client:
        client.chat.completions.create(**request)
    assert len(home.bodies) == sent + 1


@pytest.mark.parametrize("label", ["restricted", "internal"])
def test_what_the_ledger_keeps(gateway: Gateway, home: Scripted, label: str) -> None:
    """Texts only where the ledger may hold that class: the messages, an upstream's error that quotes them,
    and the correction somebody sends."""
    _answered(home)
    home.turns = [b"HTTP/1.1 503 X\r\ncontent-length: %d\r\n\r\n%b" % (len(FAILED), FAILED), home.reply]
    with gateway.client() as client:
        request_id = _asked(client, label)
        client.post(
            "/feedback", cast_to=object, body={"request_id": request_id, "correction": MARK, "score": 0.5}
        )
    keeps = label == "internal" or gateway.settings.get("ledger_residency") == "on-premises"
    attempts = gateway.attempt_rows(request_id)
    sql = "SELECT * FROM feedback WHERE request_id = :id"
    [feedback] = until(lambda: gateway.query(sql, id=request_id))
    assert bool(gateway.query("SELECT 1 FROM prompts WHERE request_id = :id", id=request_id)) is keeps
    assert (feedback["correction"] is not None) is keeps and feedback["score"] == 0.5
    assert MARK not in str(feedback["correction"]), "there is a key, so it is sealed"
    assert (MARK in attempts[0]["error"]) is keeps and "HTTP 503" in attempts[0]["error"]
    assert MARK not in gateway.log()


def _asked(client: OpenAI, label: str) -> str:
    raw = client.chat.completions.with_raw_response.create(
        model="auto", messages=user(MARK), extra_headers={"x-tiergate-data-class": label}
    )
    return str(raw.headers["x-tiergate-request-id"])


def _answered(home: Scripted) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "zinc"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    home.answers(orjson.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "m",
                               "choices": [choice], "usage": usage}))  # fmt: skip
