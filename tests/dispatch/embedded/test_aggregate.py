"""A stream's chunks add up to the body that a caller without `stream` gets."""

from __future__ import annotations

from typing import Any

from router.dispatch.aggregate import Aggregator


def _merge(*deltas: dict[str, Any], finish: str = "stop", **choice: Any) -> dict[str, Any]:
    merge = Aggregator()
    for delta in deltas:
        merge.feed({"id": "c1", "object": "chat.completion.chunk", "choices": [{"delta": delta, **choice}]})
    merge.feed({"id": "c1", "choices": [{"delta": {}, "finish_reason": finish}]})
    merge.feed({"id": "c1", "choices": [], "usage": {"total_tokens": 7}})
    return merge.completion()


def test_text_thinking_and_usage_are_kept() -> None:
    """Pieces of text and of thinking are joined apart; finish reason and usage come from the last chunks."""
    body = _merge(
        {"role": "assistant", "content": None},
        {"reasoning_content": "hm"},
        {"reasoning_content": "m"},
        {"content": "Par"},
        {"content": "is"},
    )
    assert body["id"] == "c1"
    assert body["object"] == "chat.completion"
    assert body["usage"] == {"total_tokens": 7}
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Paris", "reasoning_content": "hmm"},
            "finish_reason": "stop",
        }
    ]


def test_interleaved_tool_calls_are_joined_by_index() -> None:
    """Two calls whose argument pieces alternate end as two calls in order, and content stays null."""
    body = _merge(
        {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}}]},
        {"tool_calls": [{"index": 1, "id": "b", "function": {"name": "g", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
        {"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]},
        finish="tool_calls",
    )
    message = body["choices"][0]["message"]
    assert message["content"] is None
    assert message["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]
    assert body["choices"][0]["finish_reason"] == "tool_calls"


def test_logprobs_of_all_chunks_are_kept() -> None:
    """Every token's logprob is in the body, in order."""
    entry = {"token": "a", "logprob": -1.0}
    body = _merge({"content": "a"}, {"content": "a"}, logprobs={"content": [entry]})
    assert body["choices"][0]["logprobs"] == {"content": [entry, entry]}
