"""A chat stream folded back into one chat completion, for callers who did not ask for a stream."""

from __future__ import annotations

from typing import Any


class Aggregator:
    """Fed with each event's data; `completion` is the object the upstream would have answered."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self._usage: dict[str, Any] | None = None
        self._texts: dict[tuple[int, str], list[str]] = {}
        """Content and thinking in pieces: each added to a growing text would cost all that came before."""

    def feed(self, data: dict[str, Any]) -> None:
        """Adds one chunk."""
        for name, value in data.items():
            if name not in ("choices", "usage", "object") and value is not None:
                self._head[name] = value
        if data.get("usage"):
            self._usage = data["usage"]
        for part in data.get("choices") or ():
            self._add(part)

    def completion(self) -> dict[str, Any]:
        """The whole answer so far."""
        for (index, name), pieces in self._texts.items():
            self._choices[index]["message"][name] = "".join(pieces)
        choices = [self._choices[index] for index in sorted(self._choices)]
        for choice in choices:
            calls = choice["message"].get("tool_calls")
            if isinstance(calls, dict):
                choice["message"]["tool_calls"] = [calls[index] for index in sorted(calls)]
        whole = {**self._head, "object": "chat.completion", "choices": choices}
        if self._usage is not None:
            whole["usage"] = self._usage
        return whole

    def _add(self, part: dict[str, Any]) -> None:
        index = part.get("index", 0)
        choice = self._choices.get(index)
        if choice is None:
            message: dict[str, Any] = {"role": "assistant", "content": None}
            choice = {"index": index, "message": message, "finish_reason": None}
            self._choices[index] = choice
        if part.get("finish_reason"):
            choice["finish_reason"] = part["finish_reason"]
        if part.get("logprobs"):
            _merge_logprobs(choice, part["logprobs"])
        for name, value in (part.get("delta") or {}).items():
            if name == "tool_calls":
                _merge_calls(choice["message"], value or ())
            elif name == "function_call" and isinstance(value, dict):
                _join(choice["message"].setdefault(name, {"name": "", "arguments": ""}), value)
            elif isinstance(value, str) and name != "role":
                pieces = self._texts.get((index, name))
                if pieces is None:
                    pieces = self._texts[index, name] = []
                    choice["message"][name] = ""
                pieces.append(value)
            elif value is not None:
                choice["message"][name] = value


def _merge_calls(message: dict[str, Any], fragments: Any) -> None:
    calls = message.setdefault("tool_calls", {})
    for fragment in fragments:
        index = fragment.get("index", 0)
        call = calls.get(index) or calls.setdefault(index, _new_call(fragment))
        call["id"] = fragment.get("id") or call["id"]
        called = call["type"]
        _join(call[called], fragment.get(called) or {})


def _new_call(fragment: dict[str, Any]) -> dict[str, Any]:
    """A custom tool takes free text; every other one is a function."""
    if fragment.get("type") == "custom":
        return {"id": None, "type": "custom", "custom": {"name": "", "input": ""}}
    return {"id": None, "type": "function", "function": {"name": "", "arguments": ""}}


def _join(whole: dict[str, str], part: dict[str, Any]) -> None:
    for name in whole:
        whole[name] += part.get(name) or ""


def _merge_logprobs(choice: dict[str, Any], part: dict[str, Any]) -> None:
    whole = choice.setdefault("logprobs", {})
    for name, values in part.items():
        if isinstance(values, list):
            whole.setdefault(name, []).extend(values)
        else:
            whole.setdefault(name, values)
