"""Adds the chunks of a streamed chat completion up to the one object a caller without `stream` expects.

Why: in-process engines run as streams even for such callers, because only a stream can be cancelled. It
must not lose anything a chunk carries: text, thinking, tool calls, logprobs, finish reason, usage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class ChunkMerge:
    """Feed every chunk with `add`, then take `body`. One choice: engines here refuse n > 1."""

    def __init__(self) -> None:
        self._head: Json = {}
        self._message: Json = {"role": "assistant", "content": None}
        self._tools: dict[int, Json] = {}
        self._logprobs: dict[str, list[Json]] = {}
        self._finish: str | None = None
        self._usage: Mapping[str, Any] | None = None

    def add(self, chunk: Mapping[str, Any]) -> None:
        if not self._head:
            self._head = {k: v for k, v in chunk.items() if k not in ("choices", "usage", "object")}
        self._usage = chunk.get("usage") or self._usage
        for choice in chunk.get("choices") or ():
            self._add_delta(choice.get("delta") or {})
            self._finish = choice.get("finish_reason") or self._finish
            for kind, entries in (choice.get("logprobs") or {}).items():
                self._logprobs.setdefault(kind, []).extend(entries or ())

    def _add_delta(self, delta: Mapping[str, Any]) -> None:
        for name, value in delta.items():
            if name == "tool_calls":
                for call in value or ():
                    self._add_tool_call(call)
            elif name == "role":
                self._message["role"] = value
            elif isinstance(value, str):
                self._message[name] = (self._message.get(name) or "") + value

    def _add_tool_call(self, call: Mapping[str, Any]) -> None:
        whole = self._tools.setdefault(
            call.get("index", 0),
            {"id": None, "type": "function", "function": {"name": "", "arguments": ""}},
        )
        whole["id"] = call.get("id") or whole["id"]
        function = call.get("function") or {}
        whole["function"]["name"] += function.get("name") or ""
        whole["function"]["arguments"] += function.get("arguments") or ""

    def body(self) -> Json:
        """The `chat.completion` object."""
        message = dict(self._message)
        if self._tools:
            message["tool_calls"] = [self._tools[index] for index in sorted(self._tools)]
        choice: Json = {
            "index": 0,
            "message": message,
            "logprobs": self._logprobs or None,
            "finish_reason": self._finish,
        }
        body: Json = {**self._head, "object": "chat.completion", "choices": [choice]}
        if self._usage is not None:
            body["usage"] = self._usage
        return body
