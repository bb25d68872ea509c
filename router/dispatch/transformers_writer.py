"""From token ids to chunks: the streamer and the stopping criterion that transformers' `generate` calls."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection
from typing import Any

from router.dispatch.stop_text import StopText
from router.dispatch.workers import Generation

_UNFINISHED = "\ufffd"
"""What a tokenizer decodes an incomplete UTF-8 character to."""


class ChunkWriter:
    """Passed to `generate` as `streamer`; `should_stop` is asked after each token.

    Decodes only the last tokens each time: a token's text can depend on the one before it, not on all.
    """

    def __init__(
        self, tokenizer: Any, generation: Generation, stops: tuple[str, ...], ends: Collection[int]
    ) -> None:
        self._tokenizer = tokenizer
        self._generation = generation
        self._stop = StopText(stops)
        self._ends = ends
        self._ids: list[int] = []
        self._from = self._read = 0
        self._prompt_seen = self._ended = False
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
        }
        self._role: dict[str, str] = {"role": "assistant"}

    def put(self, value: Any) -> None:
        """transformers: the prompt's ids first, then each new id."""
        if not self._prompt_seen:
            self._prompt_seen = True
            return
        for token in value.reshape(-1).tolist():
            self._ids.append(token)
            self._ended = self._ended or token in self._ends
        text = self._new_text()
        if text:
            self._emit(self._stop.feed(text))

    def end(self) -> None:
        """transformers: nothing more comes."""

    def should_stop(self) -> bool:
        """True once the caller left or a stop string came."""
        return self._stop.stopped or not self._generation.wanted

    def finish(self, prompt_tokens: int) -> None:
        """Sends what was held back, the finish reason, and usage."""
        if not self._stop.stopped:
            self._emit(self._stop.flush())
        stopped = self._stop.stopped or self._ended
        self._send({}, "stop" if stopped else "length")
        count = len(self._ids)
        usage = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": count,
            "total_tokens": prompt_tokens + count,
        }
        self._generation.emit({**self._head, "choices": [], "usage": usage})

    def _new_text(self) -> str:
        known = self._decode(self._ids[self._from : self._read])
        text = self._decode(self._ids[self._from :])
        if len(text) <= len(known) or text.endswith(_UNFINISHED):
            return ""
        self._from, self._read = self._read, len(self._ids)
        return text[len(known) :]

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True)
        return text

    def _emit(self, text: str) -> None:
        if text:
            self._send({"content": text}, None)

    def _send(self, delta: dict[str, str], finish: str | None) -> None:
        choice = {"index": 0, "delta": {**self._role, **delta}, "finish_reason": finish}
        self._role = {}
        self._generation.emit({**self._head, "choices": [choice]})
