"""One upstream stream, read without I/O: bytes in, client-ready events out, and what accounting needs.

Frames pass as the bytes they came in unless something in them must change: thinking moved to
`reasoning_content`, a loop ended. Every frame is parsed (about a microsecond) because usage, finish
reasons, errors and an estimate for broken streams are owed for every attempt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from router.dispatch.frames import FrameSplitter, frame_data
from router.dispatch.port import BrokenReply
from router.dispatch.repetition import RepetitionDetector
from router.dispatch.thinking import TagSplitter
from router.domain.catalog import ServingProfile
from router.domain.usage import Usage
from router.meter.usage import reported_usage

LOOP_ENDED = "repetition"


@dataclass(slots=True)
class Event:
    """One client-ready event: its bytes, its parsed data, and whether it carries anything of the answer
    (`substance`) or only the usage report."""

    raw: bytes
    data: dict[str, Any]
    substance: bool
    usage_only: bool


class EventReader:
    """State of one stream. After the end: `usage`, `finish_reason`, `characters`, `complete`."""

    def __init__(self, profile: ServingProfile | None) -> None:
        self.usage: Usage | None = None
        self.finish_reason: str | None = None
        self.characters = 0
        self.complete = False
        self.ended_by: str | None = None
        self._frames = FrameSplitter()
        self._profile = profile
        self._splitters: dict[int, TagSplitter] = {}
        self._loops: dict[int, RepetitionDetector] = {}

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Events of `chunk`. Raises BrokenReply for what is no chat stream, and for an upstream's error."""
        for frame in self._frames.feed(chunk):
            event = self._frame(frame)
            if event is not None:
                yield event

    def finish(self) -> Iterator[Event]:
        """The rest after the upstream closed the stream."""
        for frame in self._frames.end():
            event = self._frame(frame)
            if event is not None:
                yield event

    def _frame(self, frame: bytes) -> Event | None:
        text = frame_data(frame)
        if text == b"[DONE]":
            self.complete = True
            return None
        if not text or self.ended_by:
            return None
        try:
            data = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise BrokenReply("a streamed event is not JSON") from None
        if not isinstance(data, dict):
            raise BrokenReply("a streamed event is not a JSON object")
        if data.get("error"):
            raise BrokenReply(error_text(data["error"]))
        report = data.get("usage")
        if report:
            self.usage = reported_usage(report, data.get("service_tier")) or self.usage
        choices = data.get("choices")
        if not choices:
            return Event(frame, data, False, bool(report))
        changed = substance = False
        try:
            for choice in choices:
                altered, meant = self._choice(choice)
                changed |= altered
                substance |= meant
            raw = b"data: " + orjson.dumps(data) + b"\n\n" if changed else frame
        except (AttributeError, TypeError):
            # Reading is the check: testing every field of every token's frame would cost more than the rest.
            raise BrokenReply("a streamed event is not a chat completion chunk") from None
        return Event(raw, data, substance, False)

    def _choice(self, choice: dict[str, Any]) -> tuple[bool, bool]:
        """Reads one choice, and changes it in place where it must. (changed, has substance)"""
        delta = choice.get("delta") or {}
        finish = choice.get("finish_reason")
        changed = False
        if "reasoning" in delta:
            thought = delta.pop("reasoning")
            delta.setdefault("reasoning_content", thought)
            changed = True
        if self._profile is not None:
            changed |= self._apply_profile(choice, delta, finish)
            finish = choice.get("finish_reason")
        if finish:
            self.finish_reason = finish_text(finish)
        text = delta.get("content") or ""
        thought = delta.get("reasoning_content") or ""
        tools = delta.get("tool_calls")
        self.characters += len(text) + len(thought)
        if tools:
            self.characters += sum(map(_called_characters, tools))
        older = delta.get("function_call")
        if older:
            self.characters += len(older.get("arguments") or "")
        return changed, bool(text or thought or tools or finish or older or delta.get("refusal"))

    def _apply_profile(self, choice: dict[str, Any], delta: dict[str, Any], finish: Any) -> bool:
        assert self._profile is not None
        index = choice.get("index", 0)
        changed = False
        guard = self._profile.repetition_guard
        if guard is not None:
            loop = self._loops.get(index) or self._loops.setdefault(index, RepetitionDetector(guard))
            if loop.feed((delta.get("reasoning_content") or "") + (delta.get("content") or "")):
                # "length" is the one finish reason that tells every client "cut short".
                choice["finish_reason"] = finish = "length"
                self.ended_by = LOOP_ENDED
                changed = True
        if self._profile.thinking is not None:
            changed |= self._split(index, delta, finish)
        return changed

    def _split(self, index: int, delta: dict[str, Any], finish: str | None) -> bool:
        assert self._profile is not None
        splitter = self._splitters.get(index)
        if splitter is None:
            splitter = self._splitters[index] = TagSplitter(self._profile.thinking)
        if delta.get("reasoning_content") or delta.get("tool_calls"):
            splitter.pass_through()
        content = delta.get("content")
        if not isinstance(content, str) and not finish:
            return False
        thought, answer = splitter.feed(content or "")
        if finish:
            last_thought, last_answer = splitter.end(finish)
            thought, answer = thought + last_thought, answer + last_answer
        if not thought and answer == (content or ""):
            return False
        delta["content"] = answer or None
        if thought:
            delta["reasoning_content"] = thought
        return True


def _called_characters(call: dict[str, Any]) -> int:
    called = call.get("function") or call.get("custom") or {}
    return len(called.get("arguments") or called.get("input") or "")


def finish_text(reason: object) -> str | None:
    """A finish reason as the ledger can keep it; what is no text, as odd servers write, is named so."""
    if reason is None or isinstance(reason, str):
        return reason
    return "not text"


def error_text(error: Any) -> str:
    """What an upstream says went wrong after it had answered 200."""
    message = error.get("message") if isinstance(error, dict) else error
    return f"the upstream reported an error with status 200: {str(message)[:300]}"
