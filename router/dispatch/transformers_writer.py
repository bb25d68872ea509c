"""From token ids to chunks: what one answer of a transformers model has said, and whether it should go on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from router.dispatch.stop_text import StopText
from router.dispatch.whole_answer import chunk_head, usage_chunk
from router.dispatch.workers import Generation

_UNFINISHED = "\ufffd"
"""What a tokenizer decodes an incomplete UTF-8 character to."""


class ChunkWriter:
    """Told of each new token; `done` is asked after each.

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
        self._ended = False
        self._head = chunk_head()
        self._role: dict[str, str] = {"role": "assistant"}

    def put(self, token: int) -> None:
        """The next token of the answer."""
        self._ids.append(token)
        self._ended = token in self._ends
        text = self._new_text()
        if text:
            self._emit(self._stop.feed(text))

    @property
    def count(self) -> int:
        """Tokens so far."""
        return len(self._ids)

    @property
    def done(self) -> bool:
        """True once the model ended its answer, a stop string came, or the caller left."""
        return self._ended or self._stop.stopped or not self._generation.wanted

    def finish(self, prompt_tokens: int) -> None:
        """Sends what was held back, the finish reason, and usage."""
        if not self._stop.stopped:
            self._emit(self._stop.flush())
        stopped = self._stop.stopped or self._ended
        self._send({}, "stop" if stopped else "length")
        self._generation.emit(usage_chunk(self._head, prompt_tokens, self.count))

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
