"""A reasoning model's thinking, whichever way its server writes it."""

from __future__ import annotations

import pytest
from openai import OpenAI

from tests.contract.chat import user
from tests.contract.conftest import Desk

BOTH = pytest.mark.parametrize("model", ["thinker", "tagger"])


@BOTH
def test_whole(client: OpenAI, model: str) -> None:
    """Thinking comes as `reasoning_content`, the answer holds neither it nor its tags."""
    completion = client.chat.completions.create(model=model, messages=user())
    message = completion.choices[0].message
    thought = (message.model_extra or {})["reasoning_content"]
    assert thought
    assert message.content
    assert "think>" not in message.content + thought
    assert "reasoning" not in (message.model_extra or {})
    assert completion.usage is not None


@BOTH
def test_streamed(client: OpenAI, model: str) -> None:
    """Streamed thinking comes as `reasoning_content` deltas, all of them before the answer's."""
    kinds, thought, answer = [], "", ""
    for chunk in client.chat.completions.create(model=model, messages=user(), stream=True):
        delta = chunk.choices[0].delta
        extra = delta.model_extra or {}
        if more := extra.get("reasoning_content"):
            thought += more
            kinds.append("thought")
        if delta.content:
            answer += delta.content
            kinds.append("answer")
        assert "reasoning" not in extra
    assert kinds == sorted(kinds, reverse=True)
    assert thought and answer
    assert "think>" not in thought + answer


@BOTH
def test_same_in_both_forms(client: OpenAI, model: str) -> None:
    """A stream adds up to what the whole answer says."""
    whole = client.chat.completions.create(model=model, messages=user(), seed=5).choices[0].message
    stream = client.chat.completions.create(model=model, messages=user(), seed=5, stream=True)
    deltas = [chunk.choices[0].delta for chunk in stream]
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    thoughts = [(delta.model_extra or {}).get("reasoning_content") or "" for delta in deltas]
    thought = (whole.model_extra or {})["reasoning_content"]
    assert "".join(thoughts).strip() == thought.strip()


@pytest.mark.parametrize("model", ["big", "thinker"])
def test_earlier_thinking_is_not_sent(client: OpenAI, desk: Desk, model: str) -> None:
    """Thinking of earlier turns, apart or between tags, never goes upstream again."""
    messages = [
        *user("One?"),
        {"role": "assistant", "content": "Two.", "reasoning_content": "hmm"},
        *user("Three?"),
        {"role": "assistant", "content": "<think>\nwell\n</think>\n\nFour.", "reasoning": "hm"},
        *user("Five?"),
        {"role": "assistant", "content": "no opening tag</think>Six."},
        *user("Why do they write </think>?"),
    ]
    client.chat.completions.create(model=model, messages=messages)
    record = desk.abroad.record if model == "big" else desk.thinking.record
    assert record.last.json["messages"] == [
        *user("One?"),
        {"role": "assistant", "content": "Two."},
        *user("Three?"),
        {"role": "assistant", "content": "Four."},
        *user("Five?"),
        {"role": "assistant", "content": "Six."},
        *user("Why do they write </think>?"),
    ]


def test_serving_profile(client: OpenAI, desk: Desk) -> None:
    """Temperature 0 is lifted with a header saying so, and missing sampling fields are filled in."""
    raw = client.chat.completions.with_raw_response.create(
        model="thinker", messages=user(), temperature=0, top_p=0.5
    )
    sent = desk.thinking.record.last.json
    assert (sent["temperature"], sent["top_p"], sent["top_k"], sent["min_p"]) == (0.6, 0.5, 30, 0)
    assert raw.headers["x-tiergate-adjusted"] == "temperature 0 -> 0.6"


def test_greedy_is_refused(client: OpenAI) -> None:
    """Sampling that a profile forbids and cannot lift is an error of the request."""
    raw = client.chat.completions.with_raw_response
    with pytest.raises(Exception, match="greedy sampling is refused") as caught:
        raw.create(model="thinker", messages=user(), extra_body={"top_k": 1})
    assert getattr(caught.value, "status_code", None) == 400


@pytest.mark.parametrize("streaming", [False, True])
def test_loop_is_ended(client: OpenAI, desk: Desk, streaming: bool) -> None:
    """An answer that repeats itself is ended long before its limit, says so, and stops its upstream."""
    raw = client.chat.completions.with_raw_response.create(
        model="thinker",
        messages=user(),
        max_tokens=20_000,
        stream=streaming,
        metadata={"sandbox_fault": "loop"},
    )
    if streaming:
        chunks = list(raw.parse())  # type: ignore[call-overload]
        assert chunks[-1].choices[0].finish_reason == "length"
    else:
        assert raw.parse().choices[0].finish_reason == "length"
        assert raw.headers["x-tiergate-adjusted"].endswith("answer ended: it was repeating itself")
    [attempt] = desk.gateway.attempt_rows(raw.headers["x-tiergate-request-id"])
    assert attempt["error"] == "repetition"
    assert attempt["output"] < 2_000
    assert attempt["cost_state"] == "estimated"
    assert not desk.thinking.record.last.finished
