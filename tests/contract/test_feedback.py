"""POST /v1/feedback through the official client and httpx, against a real gateway and its ledger."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import BadRequestError, BaseModel, NotFoundError, OpenAI

from router.record.keys import create_key
from router.sandbox.testing import RunningSandbox
from tests.contract.chat import user
from tests.contract.conftest import RULES, Desk
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.until import until


class Given(BaseModel):
    """What the route answers."""

    object: str
    id: str
    request_id: str
    version: int
    created: int
    source: str
    score: float | None
    thumb: str | None
    label: str | None
    correction: str | None
    comment: str | None
    edit_distance: float | None


def ask(client: OpenAI) -> str:
    """The id of an answered request."""
    raw = client.chat.completions.with_raw_response.create(model="auto", messages=user())
    return str(raw.headers["x-tiergate-request-id"])


def tell(client: OpenAI, request_id: str, key: str | None = None, **told: Any) -> Given:
    """Sends a report as an app with the official client would."""
    options: Any = {"headers": {"Idempotency-Key": key}} if key else {}
    return client.post("/feedback", cast_to=Given, body={"request_id": request_id, **told}, options=options)


def other_project(gateway: Gateway) -> str:
    """A key of the same team for another project."""
    _, token = create_key(
        gateway.engine, organisation="acme", team="tests", project="other", now_us=time.time_ns() // 1000
    )
    until(lambda: gateway.knows(token))
    return token


def test_a_report_reaches_the_ledger(client: OpenAI, desk: Desk) -> None:
    """Every field comes back and stands in the table, apart from the request's verdict and price."""
    request_id = ask(client)
    before = desk.gateway.request_row(request_id)
    given = tell(
        client, request_id, score=0.25, label="wrong-figure", correction="It is 12.", answer="It is 13.",
        comment="See the table.",
    )  # fmt: skip
    assert (given.version, given.source, given.object) == (1, "reported", "feedback")
    assert given.edit_distance == pytest.approx(1 / 9)
    [row] = until(lambda: desk.gateway.query("SELECT * FROM feedback WHERE request_id = :id", id=request_id))
    assert (row["score"], row["thumb"], row["label"]) == (0.25, None, "wrong-figure")
    assert (row["correction"], row["comment"]) == ("It is 12.", "See the table.")
    assert row["project"] == "contract" and row["edit_distance"] == given.edit_distance
    assert "It is 13." not in str(row)
    assert desk.gateway.request_row(request_id) == before


def test_once_and_changed(client: OpenAI, desk: Desk) -> None:
    """The same report is the same row, a change is a version, and the history stays."""
    request_id = ask(client)
    first = tell(client, request_id, thumb="up")
    assert tell(client, request_id, thumb="up") == first
    second = tell(client, request_id, thumb="down")
    assert (second.version, second.thumb) == (2, "down") and second.id != first.id
    assert tell(client, request_id, thumb="up").version == 3
    sql = "SELECT version, thumb FROM feedback WHERE request_id = :id ORDER BY version"
    until(lambda: len(desk.gateway.query(sql, id=request_id)) == 3)
    assert [tuple(row.values()) for row in desk.gateway.query(sql, id=request_id)] == [
        (1, "up"), (2, "down"), (3, "up"),
    ]  # fmt: skip


def test_idempotency_key(client: OpenAI) -> None:
    """The same key gives the row it gave, also after a change; for another report it is refused."""
    request_id = ask(client)
    first = tell(client, request_id, "k-1", score=1)
    tell(client, request_id, score=0)
    assert tell(client, request_id, "k-1", score=1) == first
    with pytest.raises(BadRequestError) as caught:
        tell(client, request_id, "k-1", score=0.5)
    assert caught.value.code == "idempotency_key_reused"


def test_status_says_whether_it_is_new(client: OpenAI, desk: Desk) -> None:
    """201, then 200, with httpx."""
    body = {"request_id": ask(client), "thumb": "up"}
    headers = {"authorization": f"Bearer {desk.gateway.token}"}
    with httpx.Client(base_url=desk.gateway.origin, headers=headers) as http:
        answers = [http.post("/v1/feedback", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()


def test_other_projects_see_nothing(client: OpenAI, desk: Desk) -> None:
    """Another project's key, and an id that nobody has, get the same answer."""
    request_id = ask(client)
    desk.gateway.request_row(request_id)
    nobody = "01a20a00-19ab-7f63-a308-9916005b3dda"
    told = []
    with desk.gateway.client(other_project(desk.gateway)) as stranger:
        for asked in (request_id, nobody):
            with pytest.raises(NotFoundError) as caught:
                tell(stranger, asked, thumb="up")
            told.append(str(caught.value).replace(asked, "ID"))
            assert caught.value.code == "request_not_found"
    assert told[0] == told[1]
    with desk.gateway.client(desk.gateway.new_key()) as colleague:
        assert tell(colleague, request_id, thumb="up").version == 1


BAD: list[tuple[dict[str, Any], str | None, str]] = [
    ({}, None, "needs at least one of"),
    ({"score": 1.5}, "score", "less than or equal to 1"),
    ({"score": "1"}, "score", "should be a number"),
    ({"score": True}, "score", "should be a number"),
    ({"thumb": "sideways"}, "thumb", "'up' or 'down'"),
    ({"score": 1, "thumb": "up"}, None, "send one of them"),
    ({"label": ""}, "label", "pattern"),
    ({"label": "a\nb"}, "label", "pattern"),
    ({"label": "x" * 129}, "label", "128"),
    ({"correction": ""}, "correction", "should not be empty"),
    ({"answer": "a"}, None, "together with correction"),
    ({"thumb": "up", "stars": 5}, "stars", "no such field; known are answer, comment"),
]


@pytest.mark.parametrize(("told", "param", "reason"), BAD)
def test_nonsense(client: OpenAI, told: dict[str, Any], param: str | None, reason: str) -> None:
    """Is refused in OpenAI's shape, naming the field and what is wrong with it."""
    with pytest.raises(BadRequestError) as caught:
        tell(client, "some-id", **told)
    assert caught.value.param == param
    assert reason in caught.value.message.lower()


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "invalid_json"),
        (b"[]", {}, 400, "invalid_value"),
        (b'{"thumb": "up"}', {}, 400, "missing_field"),
        (b'{"request_id": "a", "score": NaN}', {}, 400, "invalid_json"),
        (b'{"request_id": "a", "thumb": "up"}', {"idempotency-key": "x" * 256}, 400, "invalid_request"),
        (b'{"request_id": "a", "comment": "%b"}' % (b"x" * 1_000_001), {}, 413, "request_too_large"),
        (b'{"request_id": "a", "thumb": "up"}', {"authorization": "Bearer tg-no"}, 401, "invalid_api_key"),
    ],
)
def test_odd_bytes(desk: Desk, body: bytes, headers: dict[str, str], status: int, code: str) -> None:
    """Whatever comes, the answer has OpenAI's error shape."""
    sent = {"authorization": f"Bearer {desk.gateway.token}", **headers}
    answer = httpx.post(f"{desk.gateway.origin}/v1/feedback", content=body, headers=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_openapi(desk: Desk) -> None:
    """The route's request, its answers and its key are described."""
    document = httpx.get(f"{desk.gateway.origin}/openapi.json").json()
    post = document["paths"]["/v1/feedback"]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    assert {"request_id", "score", "thumb", "correction", "answer"} <= set(body["properties"])
    assert body["required"] == ["request_id"] and body["additionalProperties"] is False
    assert set(post["responses"]) >= {"200", "201", "400", "401", "404", "503"}
    assert {p["name"] for p in post["parameters"]} == {"idempotency-key"} and post["security"]


@pytest.fixture
def unshipped(desk: Desk, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway whose rows stay in its journal."""
    home: RunningSandbox = desk.home
    policy = write_folder(
        tmp_path / "policies", [TestModel("quick", "small", home.base_url, home.model)], RULES
    )
    with running_gateway(tmp_path, policy, ship_interval="300", store_feedback_text="false") as gateway:
        yield gateway


def test_only_in_the_journal(unshipped: Gateway) -> None:
    """A request that is not in the database yet takes reports; a killed gateway loses neither, and the next
    one knows them."""
    with unshipped.client() as client:
        request_id = ask(client)
        assert unshipped.query("SELECT id FROM requests WHERE id = :id", id=request_id) == []
        first = tell(client, request_id, thumb="down", comment="secret")
        assert tell(client, request_id, thumb="down", comment="secret") == first
        assert first.comment is None  # as TIERGATE_STORE_FEEDBACK_TEXT says
        unshipped.kill()
        unshipped.start()
        assert tell(client, request_id, thumb="down", comment="secret") == first
        assert tell(client, request_id, thumb="up").version == 2
    unshipped.stop()
    rows = unshipped.query("SELECT version, thumb, comment FROM feedback ORDER BY version")
    assert [tuple(row.values()) for row in rows] == [(1, "down", None), (2, "up", None)]
