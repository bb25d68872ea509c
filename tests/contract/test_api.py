"""The routes beside chat completions: models, probes, metrics, and everything that does not exist."""

from __future__ import annotations

import http.client
import json
from contextlib import closing

import pytest
from openai import NotFoundError, OpenAI
from prometheus_client.parser import text_string_to_metric_families

from tests.contract.chat import user
from tests.contract.conftest import Desk
from tests.contract.until import until


def ask(desk: Desk, method: str, path: str) -> tuple[http.client.HTTPResponse, bytes]:
    """One request without key and body."""
    with closing(http.client.HTTPConnection("127.0.0.1", desk.gateway.port, timeout=10)) as connection:
        connection.request(method, path)
        reply = connection.getresponse()
        return reply, reply.read()


def test_models(client: OpenAI) -> None:
    """The list names `auto`, the tiers and every model, in the client's own types."""
    listed = {model.id: model for model in client.models.list()}
    assert list(listed)[:5] == ["auto", "auto/small", "auto/reasoning", "auto/frontier", "big"]
    assert {"little", "thinker"} <= set(listed)
    assert all(model.object == "model" for model in listed.values())


@pytest.mark.parametrize("name", ["big", "auto", "auto/frontier"])
def test_one_model(client: OpenAI, name: str) -> None:
    """Each listed name can be retrieved, those with a slash too."""
    assert client.models.retrieve(name).id == name


def test_no_such_model(client: OpenAI) -> None:
    """Any other name is a NotFoundError."""
    with pytest.raises(NotFoundError) as caught:
        client.models.retrieve("gpt-99")
    assert caught.value.code == "model_not_found"


def test_probes(desk: Desk) -> None:
    """/livez and /readyz answer without a key; the latter names the policy in force."""
    assert desk.gateway.get("/livez") == (200, b'{"status":"ok"}')
    ready = desk.gateway.ready()
    assert ready["status"] == "ready"
    assert set(ready["checks"].values()) == {"ok"}
    assert len(ready["policy"]["digest"]) == 16
    assert desk.gateway.token not in json.dumps(ready)


def test_metrics(client: OpenAI, desk: Desk) -> None:
    """/metrics is sound Prometheus text, counts what was served, and labels nothing with ids or keys."""

    def answered() -> float:
        text = desk.gateway.get("/metrics")[1].decode()
        families = {family.name: family for family in text_string_to_metric_families(text)}
        assert {
            "tiergate_requests",
            "tiergate_attempts",
            "tiergate_cost_usd",
            "tiergate_overhead_seconds",
        } <= set(families)
        labels = {label for family in families.values() for s in family.samples for label in s.labels}
        assert not labels & {"key", "key_id", "request_id", "team", "user"}
        return sum(
            s.value
            for s in families["tiergate_requests"].samples
            if s.name.endswith("_total") and s.labels["model"] == "big"
        )

    before = answered()
    client.chat.completions.create(model="big", messages=user())
    assert answered() == before + 1


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "unknown_url"),
        ("POST", "/v1/embeddings", 404, "unknown_url"),
        ("POST", "/v1/chat/completions/", 404, "unknown_url"),
        ("POST", "//v1/chat/completions", 404, "unknown_url"),
        ("GET", "/v1/%ff%00%0a", 404, "unknown_url"),
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("OPTIONS", "/v1/chat/completions", 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("GET", "/v1/route", 405, "method_not_allowed"),
        ("GET", "/v1/models", 401, "missing_api_key"),
        ("POST", "/v1/chat/completions", 401, "missing_api_key"),
        ("POST", "/v1/route", 401, "missing_api_key"),
    ],
)
def test_unknown(desk: Desk, method: str, path: str, status: int, code: str) -> None:
    """What does not exist, and what needs a key, is said in OpenAI's shape."""
    reply, body = ask(desk, method, path)
    error = json.loads(body)["error"]
    assert (reply.status, error["code"]) == (status, code)
    assert set(error) == {"message", "type", "param", "code"}
    assert reply.getheader("content-type") == "application/json"


@pytest.mark.parametrize(
    "path", ["/v1/responses", "/v1/completions", "/chat/completions", "/v1/v1/chat/completions"]
)
def test_other_apis(desk: Desk, path: str) -> None:
    """A client that begins with another API of OpenAI's, or with half a base URL, is told what there is."""
    _, body = ask(desk, "POST", path)
    assert json.loads(body)["error"]["message"] == (
        f"Unknown request URL: POST {path}. There are POST /v1/chat/completions, GET /v1/models, "
        "GET /v1/models/{name}, POST /v1/route, POST /v1/feedback."
    )


def test_head(desk: Desk) -> None:
    """HEAD gets a status and no body."""
    reply, body = ask(desk, "HEAD", "/v1/chat/completions")
    assert (reply.status, body) == (405, b"")


def test_reading_writes_no_rows(desk: Desk, client: OpenAI) -> None:
    """Looking at models and metrics leaves no rows."""
    count = "SELECT count(*) AS n FROM requests"
    raw = client.chat.completions.with_raw_response.create(model="big", messages=user())
    desk.gateway.request_row(raw.headers["x-tiergate-request-id"])
    before = desk.gateway.query(count)
    desk.gateway.get("/metrics")
    client.models.list()
    until(lambda: desk.gateway.ready()["ledger"]["backlog_bytes"] == 0)
    assert desk.gateway.query(count) == before
