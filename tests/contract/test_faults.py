"""Failure playbooks: what upstreams do, and what the app, the next upstream and the ledger see of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from openai import APIError, APIStatusError, InternalServerError, RateLimitError

from router.sandbox.faults import parse_fault
from router.sandbox.testing import RunningSandbox, running_sandbox
from tests.contract.background import Background
from tests.contract.chat import WEATHER, user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, Row, running_gateway

Answer = tuple[Any, list[Row]]
QUICK = {"timeouts": {"connect": 1, "first_byte": 0.3, "between_chunks": 0.5, "total": 2}}
STREAMING = pytest.mark.parametrize("streaming", [False, True])


@dataclass(frozen=True, slots=True)
class Chain:
    """Each tier has one upstream, tried in this order: `first` at home, `second` at home, `third` abroad."""

    gateway: Gateway
    first: RunningSandbox
    second: RunningSandbox
    third: RunningSandbox

    def strike(self, *faults: str) -> None:
        """The first upstream's next requests meet these, one each."""
        self.first.sandbox.plan.queue.extend(map(parse_fault, faults))

    def ask(self, streaming: bool = False, **more: Any) -> Answer:
        """The completion or chunks of a request to `auto`, and its attempts."""
        with self.gateway.client() as client:
            raw = client.chat.completions.with_raw_response.create(
                **{"model": "auto", "messages": user(), "stream": streaming, **more}
            )
            answer = list(raw.parse()) if streaming else raw.parse()  # type: ignore[call-overload]
        return answer, self.gateway.attempt_rows(raw.headers["x-tiergate-request-id"])

    def mend(self) -> None:
        """No fault waits, and every circuit closes by an answer that works."""
        self.first.sandbox.plan.queue.clear()
        with self.gateway.client() as client:
            for model in ("first", "second", "third"):
                client.chat.completions.create(model=model, messages=user())


@pytest.fixture(scope="module")
def running_chain(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A gateway before three upstreams."""
    folder = tmp_path_factory.mktemp("chain")
    first, third = (
        background.enter(running_sandbox("frontier", prompts=[], context=context))
        for context in (1_500, 200_000)
    )
    second = background.enter(running_sandbox("reasoning", prompts=[]))
    endpoint = {**QUICK, "max_retries": 1}
    pair = [
        TestModel("failing", "frontier", first.base_url, first.model).endpoint_document(),
        TestModel("sound", "frontier", third.base_url, third.model).endpoint_document(),
    ]
    models = [
        TestModel("first", "small", first.base_url, first.model, endpoint=endpoint),
        TestModel("second", "reasoning", second.base_url, second.model, profile="qwq", endpoint=endpoint),
        TestModel("third", "frontier", third.base_url, third.model, residency="us", endpoint=QUICK),
        TestModel("alone", "frontier", third.base_url, third.model, (9.0, 9.0)),
        TestModel("pair", "frontier", "", "", (9.0, 9.0), more={"endpoints": pair}),
    ]
    rules = [
        {
            "name": "restricted",
            "match": {"data_class": ["restricted"]},
            "tiers": ["small", "reasoning", "frontier"],
        },
        {
            "name": "checked",
            "match": {"workload": ["checked"]},
            "tiers": ["small", "reasoning", "frontier"],
            "verify": "before_reply",
        },
        {"name": "default", "tiers": ["small", "reasoning", "frontier"], "verify": "after_reply"},
    ]
    policy = write_folder(folder / "policies", models, rules)
    with running_gateway(folder, policy) as gateway:
        yield Chain(gateway, first, second, third)


@pytest.fixture
def chain(running_chain: Chain) -> Iterator[Chain]:
    """Each test finds all circuits closed and leaves no fault behind."""
    yield running_chain
    running_chain.mend()


def told(attempts: list[Row]) -> list[tuple[str, str, int | None]]:
    """Who was asked, and how it ended."""
    return [(attempt["model"], attempt["status"], attempt["http_status"]) for attempt in attempts]


@STREAMING
@pytest.mark.parametrize(("fault", "status"), [("429:0", 429), ("500", 500), ("503", 503)])
def test_again_then_well(chain: Chain, fault: str, status: int, streaming: bool) -> None:
    """An error that passes is tried again on the same endpoint; the failed attempt is free and recorded."""
    chain.strike(fault)
    _, attempts = chain.ask(streaming)
    assert told(attempts) == [("first", "error", status), ("first", "ok", 200)]
    assert [attempt["cost_state"] for attempt in attempts] == ["free", "priced"]


@STREAMING
def test_long_retry_after(chain: Chain, streaming: bool) -> None:
    """An upstream that wants a long pause is left alone: the next candidate answers at once."""
    chain.strike("429:30")
    started = time.monotonic()
    _, attempts = chain.ask(streaming)
    assert told(attempts) == [("first", "error", 429), ("second", "ok", 200)]
    assert time.monotonic() - started < 5


@STREAMING
def test_hang(chain: Chain, streaming: bool) -> None:
    """An upstream that says nothing is given up after its time, once; what it may bill is unknown. That is
    `first_byte` for a stream, `total` for an answer that comes in one piece."""
    chain.strike("hang")
    _, attempts = chain.ask(streaming)
    assert told(attempts) == [("first", "timeout", None), ("second", "ok", 200)]
    assert attempts[0]["cost_state"] == "usage_missing"
    least = 250_000 if streaming else 1_900_000
    assert least < attempts[0]["duration_us"] < least + 1_500_000


@STREAMING
@pytest.mark.parametrize("fault", ["drop", "reset:0"])
def test_reset_before_the_first_byte(chain: Chain, fault: str, streaming: bool) -> None:
    """A connection that breaks before anything was said is another upstream's turn, in the end."""
    chain.strike(fault, fault)
    answer, attempts = chain.ask(streaming)
    assert [(model, status) for model, status, _ in told(attempts)] == [
        ("first", "error"),
        ("first", "error"),
        ("second", "ok"),
    ]
    assert answer


@STREAMING
def test_malformed(chain: Chain, streaming: bool) -> None:
    """A reply that is no JSON never reaches the app as a success."""
    chain.strike("malformed", "malformed")
    try:
        _, attempts = chain.ask(streaming)
        assert attempts[-1]["model"] == "second"
    except APIError as error:
        # The first event was sound and is out already: the stream ends with an error instead.
        assert streaming and "broke off" in str(error)


def test_reset_midway(chain: Chain) -> None:
    """A stream that breaks after content ends in an error event, no [DONE], no second attempt, and no part of
    a tool call twice."""
    chain.strike("reset:4")
    with chain.gateway.client() as client:
        with client.chat.completions.with_streaming_response.create(
            model="auto", messages=user("weather?"), tools=[WEATHER], stream=True
        ) as raw:
            lines = [line.removeprefix("data: ") for line in raw.iter_lines() if line.startswith("data: ")]
        attempts = chain.gateway.attempt_rows(raw.headers["x-tiergate-request-id"])
    events = [orjson.loads(line) for line in lines if line != "[DONE]"]
    assert "[DONE]" not in lines
    assert events[-1]["error"]["code"] == "upstream_broke_off"
    calls = [call for e in events[:-1] for c in e["choices"] for call in c["delta"].get("tool_calls") or ()]
    assert [call["function"]["name"] for call in calls if call["function"].get("name")] == ["get_weather"]
    assert told(attempts) == [("first", "error", 200)]
    assert attempts[0]["cost_state"] == "estimated"


def test_empty_answer_unchecked(chain: Chain) -> None:
    """Where answers are only looked at afterwards, an empty one arrives and is marked `failed`."""
    chain.strike("empty")
    _, attempts = chain.ask()
    assert told(attempts) == [("first", "ok", 200)]
    assert attempts[0]["verdict"] == "failed"


def test_empty_answer_checked(chain: Chain) -> None:
    """Where they are checked first, the next candidate answers, and both are paid for."""
    chain.strike("empty")
    answer, attempts = chain.ask(extra_headers={"x-tiergate-workload": "checked"})
    assert [(a["model"], a["verdict"]) for a in attempts] == [("first", "failed"), ("second", "unverified")]
    assert answer.choices[0].message.content
    row = chain.gateway.request_row(attempts[0]["request_id"])
    assert (row["outcome"], row["model"]) == ("escalated", "second")
    assert row["cost_pico"] == sum(attempt["cost_pico"] for attempt in attempts)


def test_too_long_for_the_first(chain: Chain) -> None:
    """A prompt that an upstream counts as too long, although the catalog thought it fits, goes to one with a
    larger context at once."""
    _, attempts = chain.ask(messages=user("word " * 3_000))
    assert told(attempts) == [("first", "error", 400), ("second", "ok", 200)]


def test_everything_fails(chain: Chain) -> None:
    """When all fail within the rule's four attempts, the app is told who failed how, and not to try again."""
    with pytest.raises(
        InternalServerError, match=r"first-endpoint: HTTP 500.*second-endpoint: HTTP 500"
    ) as caught:
        chain.ask(metadata={"sandbox_fault": "500"})
    assert caught.value.response.headers["x-should-retry"] == "false"
    attempts = chain.gateway.attempt_rows(caught.value.response.headers["x-tiergate-request-id"])
    assert [model for model, _, _ in told(attempts)] == ["first", "first", "second", "second"]


def test_everything_is_busy(chain: Chain) -> None:
    """When all are busy the app gets a RateLimitError that says when to come back."""
    with pytest.raises(RateLimitError) as caught:
        chain.ask(model="third", metadata={"sandbox_fault": "429:7"})
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.response.headers["x-should-retry"] == "true"


def test_circuit(chain: Chain) -> None:
    """After five failures in a row an endpoint is not asked any more: the conversations that are its own are
    answered by the other one at once."""
    chain.strike(*["500"] * 5)

    def way(conversation: int) -> list[str]:
        attempts = chain.ask(model="pair", messages=user(f"Tell me of river {conversation}."))[1]
        return [attempt["endpoint"] for attempt in attempts]

    # Which endpoint has a conversation depends on the key, which is new in every run: each has about half.
    own: list[int] = []
    for conversation in range(64):
        first = way(conversation)
        assert first in (["failing-endpoint", "sound-endpoint"], ["sound-endpoint"])
        own += [conversation] if len(first) == 2 else []
        if len(own) == 5:
            break
    assert len(own) == 5
    assert [way(conversation) for conversation in own] == [["sound-endpoint"]] * 5


def test_circuit_of_the_only_one(chain: Chain) -> None:
    """Where every circuit is open nobody is asked, and the app is told to come back, not to give up."""
    fault = {"sandbox_fault": "500"}
    for _ in range(5):
        with pytest.raises(InternalServerError):
            chain.ask(model="alone", metadata=fault)
    with pytest.raises(InternalServerError) as caught:
        chain.ask(model="alone")
    assert (caught.value.status_code, caught.value.code) == (503, "upstreams_unavailable")
    assert caught.value.response.headers["x-should-retry"] == "true"
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 5
    row = chain.gateway.request_row(caught.value.response.headers["x-tiergate-request-id"])
    assert (row["attempts"], row["cost_pico"], row["cost_state"]) == (0, 0, "free")


@STREAMING
@pytest.mark.parametrize(
    "fault", ["429:0", "500", "503", "hang:0.1", "drop", "malformed", "empty", "reset:0"]
)
def test_restricted_data_stays(chain: Chain, fault: str, streaming: bool) -> None:
    """Whatever goes wrong on the premises, retries and circuits included, restricted data goes to nobody
    outside, although the rule names that tier too."""
    before = len(chain.third.record.requests)
    for _ in range(2):
        try:
            chain.ask(streaming, metadata={"tiergate_data_class": "restricted", "sandbox_fault": fault})
        except APIStatusError as error:
            assert error.status_code in (429, 502, 504)
        except APIError as error:
            assert streaming and "broke off" in str(error)
    assert len(chain.third.record.requests) == before
    assert (
        chain.gateway.query("SELECT id FROM requests WHERE data_class = 'restricted' AND model = 'third'")
        == []
    )
