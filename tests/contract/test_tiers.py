"""Which model serves what: `model` names, hints, and the line that restricted data never crosses."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from openai import APIStatusError, OpenAI, PermissionDeniedError

from tests.contract.chat import user
from tests.contract.conftest import Desk


def served_by(client: OpenAI, model: str, **more: Any) -> str:
    raw = client.chat.completions.with_raw_response.create(model=model, messages=user(), **more)
    raw.parse()
    return raw.headers["x-tiergate-model"]


@pytest.mark.parametrize(
    ("model", "served"),
    [
        ("auto", "little"),
        ("auto/small", "little"),
        ("auto/reasoning", "thinker"),
        ("auto/frontier", "big"),
        ("tagger", "tagger"),
    ],
)
def test_names(client: OpenAI, model: str, served: str) -> None:
    """`auto` leaves it to the policy, `auto/<tier>` to the tier's cheapest, a name to nobody."""
    assert served_by(client, model) == served


@pytest.mark.parametrize(
    ("hints", "served"),
    [
        ({"min_tier": "reasoning"}, "thinker"),
        ({"min_tier": "frontier"}, "big"),
        ({"quality": "0.99"}, "thinker"),
        ({"data_class": "restricted"}, "little"),
    ],
)
def test_hints(client: OpenAI, hints: dict[str, str], served: str) -> None:
    """A hint means the same in a header and in `metadata`."""
    headers = {f"x-tiergate-{name.replace('_', '-')}": value for name, value in hints.items()}
    metadata = {f"tiergate_{name}": value for name, value in hints.items()}
    assert served_by(client, "auto", extra_headers=headers) == served
    assert served_by(client, "auto", metadata=metadata) == served


NEEDS_MORE = {
    "legacy functions": {"functions": [{"name": "f", "parameters": {"type": "object"}}]},
    "a document": {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f-1"}}]}]},
    "spoken answers": {"modalities": ["text", "audio"], "audio": {"voice": "x", "format": "mp3"}},
    "several answers": {"n": 2},
    "a long answer": {"max_tokens": 900, "messages": user("word " * 2_800)},
}


@pytest.mark.parametrize("body", NEEDS_MORE.values(), ids=NEEDS_MORE)
def test_needs(client: OpenAI, body: dict[str, Any]) -> None:
    """What the small model cannot do goes to one that can."""
    assert served_by(client, "auto", extra_body=body) == "thinker"


def test_headers_win(client: OpenAI) -> None:
    """Where header and `metadata` disagree, the header holds."""
    header = {"x-tiergate-min-tier": "frontier"}
    metadata = {"tiergate_min_tier": "small"}
    assert served_by(client, "auto", extra_headers=header, metadata=metadata) == "big"


@pytest.mark.parametrize(
    ("metadata", "param"),
    [
        ({"tiergate_data_class": "secret"}, "metadata.tiergate_data_class"),
        ({"tiergate_min_tier": "huge"}, "metadata.tiergate_min_tier"),
        ({"tiergate_quality": "2"}, "metadata.tiergate_quality"),
        ({"tiergate_tags": "novalue"}, "metadata.tiergate_tags"),
        ({"tiergate_data_clas": "restricted"}, "metadata.tiergate_data_clas"),
    ],
)
def test_nonsense_hints(client: OpenAI, metadata: dict[str, str], param: str) -> None:
    """A hint that cannot be understood, or is misspelt, is refused by name and never ignored."""
    with pytest.raises(APIStatusError) as caught:
        client.chat.completions.create(model="auto", messages=user(), metadata=metadata)
    assert (caught.value.status_code, caught.value.param) == (400, param)


def test_misspelt_hint_is_logged_by_name(client: OpenAI, desk: Desk) -> None:
    """The log says which hint was refused, never what was said in it, and 80 letters of a name at most."""
    long = f"tiergate_{'x' * 200}"
    for metadata in (
        {"tiergate_task": "my secret"},
        {"tiergate_data_clas": "my secret"},
        {long: "my secret"},
    ):
        with pytest.raises(APIStatusError):
            client.chat.completions.create(model="auto", messages=user(), metadata=metadata)
    log = desk.gateway.log()
    assert "invalid_request at 'metadata.tiergate_task'\n" in log
    assert "invalid_request at 'metadata.tiergate_data_clas'\n" in log
    shown = f"metadata.{long}"[:80]
    assert f"invalid_request at '{shown}'\n" in log
    assert "secret" not in log


def test_misspelt_hint_header(client: OpenAI) -> None:
    """The same for headers: a misspelt data class must not let data out."""
    with pytest.raises(APIStatusError) as caught:
        client.chat.completions.create(
            model="auto", messages=user(), extra_headers={"x-tiergate-dataclass": "restricted"}
        )
    assert (caught.value.status_code, caught.value.param) == (400, "x-tiergate-dataclass")


def test_key_narrows_auto(desk: Desk) -> None:
    """`auto` with a key for one model is served by that model."""
    with desk.gateway.client(desk.gateway.new_key(models=["big"])) as client:
        assert served_by(client, "auto") == "big"


@pytest.mark.parametrize("model", ["big", "auto/frontier"])
def test_restricted_data_is_refused_abroad(client: OpenAI, desk: Desk, model: str) -> None:
    """Naming an outside model does not get restricted data there."""
    before = len(desk.abroad.record.requests)
    with pytest.raises(PermissionDeniedError) as caught:
        client.chat.completions.create(
            model=model, messages=user(), extra_headers={"x-tiergate-data-class": "restricted"}
        )
    assert caught.value.code == "no_admissible_candidate"
    assert len(desk.abroad.record.requests) == before


@pytest.mark.parametrize("model", ["auto", "auto/reasoning", "big"])
@pytest.mark.parametrize(
    "hints", [{}, {"x-tiergate-data-class": "restricted"}, {"x-tiergate-quality": "0.99"}]
)
def test_route_tells_the_truth(client: OpenAI, desk: Desk, model: str, hints: dict[str, str]) -> None:
    """What /v1/route says is what the call then does: rule, model and digest, or the refusal."""
    body = json.dumps({"model": model, "messages": user()}).encode()
    headers = {"authorization": f"Bearer {desk.gateway.token}", "content-type": "application/json", **hints}
    request = urllib.request.Request(f"{desk.gateway.origin}/v1/route", body, headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        foretold = json.load(reply)
    try:
        raw = client.chat.completions.with_raw_response.create(
            model=model, messages=user(), extra_headers=hints
        )
    except PermissionDeniedError as error:
        assert foretold["candidates"] == []
        assert error.response.headers["x-tiergate-rule"] == foretold["rule"]
        return
    assert foretold["rule"] == raw.headers["x-tiergate-rule"]
    assert foretold["candidates"][0]["model"] == raw.headers["x-tiergate-model"]
    assert foretold["policy_digest"] == raw.headers["x-tiergate-policy-digest"]
    trace = json.loads(desk.gateway.request_row(raw.headers["x-tiergate-request-id"])["trace"])
    assert trace["candidates"] == foretold["candidates"]
    assert trace["removed"] == foretold["removed"]
