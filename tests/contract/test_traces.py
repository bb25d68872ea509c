"""OpenTelemetry traces of a real gateway, read by a collector that speaks the exporter's own wire."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import APIStatusError, AuthenticationError

from tests.contract.chat import user
from tests.contract.collector import Collector
from tests.contract.conftest import RULES, Desk
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, free_port, running_gateway

SECRET = "the moon is made of zinc"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def attributes(span: Any) -> dict[str, Any]:
    """A span's attributes as plain values."""
    found = {}
    for one in span.attributes:
        kind = one.value.WhichOneof("value")
        value = getattr(one.value, kind)
        found[one.key] = [v.string_value for v in value.values] if kind == "array_value" else value
    return found


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture(scope="module")
def policy(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good model, and one that is not there."""
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    models = [
        TestModel("big", "frontier", desk.abroad.base_url, desk.abroad.model, (2.0, 10.0)),
        TestModel("dead", "frontier", nowhere, "x", (30.0, 30.0)),
    ]
    return write_folder(tmp_path_factory.mktemp("traced") / "policies", models, RULES)


@pytest.fixture(scope="module")
def traced(collector: Collector, policy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that sends its spans at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        folder = tmp_path_factory.mktemp("traced")
        with running_gateway(folder, policy, otlp_endpoint=collector.url) as gateway:
            yield gateway


def traceparent(trace: str) -> dict[str, str]:
    return {"traceparent": f"00-{trace}-{PARENT}-01", "tracestate": "vendor=1"}


def test_one_request(traced: Gateway, collector: Collector, desk: Desk) -> None:
    """The caller's trace goes on: one span for the request below the caller's, in it decision, attempt and
    checks in their order; the upstream is told the request's span; what was said is nowhere."""
    with traced.client() as client:
        reply = client.chat.completions.with_raw_response.create(
            model="auto",
            messages=user(SECRET),
            response_format={"type": "json_object"},
            extra_headers=traceparent(TRACE),
        )
    answer = reply.parse()
    server, children = collector.family(TRACE)
    assert server.parent_span_id.hex() == PARENT
    assert [child.name for child in children] == ["decide", "chat big", "verify structure"]
    said, attempt = attributes(server), attributes(children[1])
    assert server.name == "chat auto"
    assert said["tiergate.request.id"] == reply.headers["x-tiergate-request-id"]
    assert said["gen_ai.operation.name"] == attempt["gen_ai.operation.name"] == "chat"
    assert (said["gen_ai.request.model"], said["gen_ai.response.model"]) == ("auto", "big")
    assert (said["tiergate.tier"], said["tiergate.rule"]) == ("frontier", "default")
    assert said["http.response.status_code"] == attempt["http.response.status_code"] == 200
    assert answer.usage is not None
    assert attempt["gen_ai.usage.input_tokens"] == answer.usage.prompt_tokens
    assert attempt["gen_ai.usage.output_tokens"] == said["gen_ai.usage.output_tokens"]
    assert attempt["gen_ai.usage.output_tokens"] == answer.usage.completion_tokens
    assert attempt["gen_ai.response.finish_reasons"] == ["stop"]
    assert attempt["gen_ai.provider.name"] == "big-endpoint"
    assert children[1].kind == children[1].SPAN_KIND_CLIENT
    begins = [child.start_time_unix_nano for child in (server, *children)]
    assert begins == sorted(begins)
    assert children[1].end_time_unix_nano <= server.end_time_unix_nano
    sent = desk.abroad.record.last.headers
    assert sent["traceparent"] == f"00-{TRACE}-{server.span_id.hex()}-01"
    assert sent["tracestate"] == "vendor=1"
    assert collector.services == {"tiergate"} and collector.paths == {"/v1/traces"}
    content = answer.choices[0].message.content
    assert content and content.encode() not in collector.bytes
    assert SECRET.encode() not in collector.bytes and traced.token.encode() not in collector.bytes


def test_an_upstream_that_fails(traced: Gateway, collector: Collector) -> None:
    """The attempt and the request are errors, each by its kind."""
    trace = "1" * 32
    with traced.client() as client, pytest.raises(APIStatusError):
        client.chat.completions.create(model="dead", messages=user(), extra_headers=traceparent(trace))
    server, children = collector.family(trace)
    attempt = next(child for child in children if child.name == "chat dead")
    assert attributes(server)["error.type"] == "upstream_failed"
    assert attributes(attempt)["error.type"] == "error"
    assert server.status.code == attempt.status.code == server.status.STATUS_CODE_ERROR


def test_a_stranger(traced: Gateway, collector: Collector) -> None:
    """A request without a key has a span and no children; the caller's mistake is no error of ours."""
    trace = "2" * 32
    with traced.client("tg-nobody") as client, pytest.raises(AuthenticationError):
        client.chat.completions.create(model="auto", messages=user(), extra_headers=traceparent(trace))
    server, children = collector.family(trace)
    assert children == []
    assert attributes(server) == {"http.response.status_code": 401, "error.type": "invalid_api_key"}
    assert server.status.code == server.status.STATUS_CODE_UNSET


def test_an_unsampled_trace_stays_unsampled(traced: Gateway, collector: Collector, desk: Desk) -> None:
    """The caller decides whether its trace is kept; the upstream hears the same, and no span is sent."""
    trace = "3" * 32
    with traced.client() as client:
        headers = {"traceparent": f"00-{trace}-{PARENT}-00"}
        client.chat.completions.create(model="auto", messages=user(), extra_headers=headers)
        sent = desk.abroad.record.last.headers["traceparent"]
        assert sent.startswith(f"00-{trace}-") and sent.endswith("-00")
        client.chat.completions.create(model="auto", messages=user(), extra_headers=traceparent("4" * 32))
    collector.family("4" * 32)
    assert trace not in {span.trace_id.hex() for span in collector.spans}


def test_a_collector_that_is_away(policy: Path, tmp_path: Path) -> None:
    """Requests are answered as ever, and the gateway ends in time."""
    pytest.importorskip("opentelemetry.sdk", reason="pip install 'tiergate[otel]'")
    endpoint = f"http://127.0.0.1:{free_port()}"
    with running_gateway(tmp_path, policy, otlp_endpoint=endpoint) as gateway:
        with gateway.client() as client:
            assert client.chat.completions.create(model="auto", messages=user()).choices
        assert gateway.stop(30) == 0


def test_without_the_packages_it_says_what_to_install() -> None:
    """A start with traces asked for and no SDK ends with the command that helps."""
    asked = (
        "import sys; sys.modules['opentelemetry.sdk'] = None\n"
        "from router.tracing import TracingMissing, open_tracer\n"
        "assert open_tracer(None) is None\n"
        "try:\n open_tracer('http://127.0.0.1:1')\n"
        "except TracingMissing as error:\n print(error)\n"
    )
    ended = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert "pip install 'tiergate[otel]'" in ended.stdout
