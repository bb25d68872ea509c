"""A reasoning model's thinking: told apart from its answer, and never sent upstream again.

Upstreams give it as `reasoning_content`, as `reasoning` (vLLM since 0.11), or as text before `</think>`,
whose opening tag the chat template may already have written. Clients always get `reasoning_content`.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from router.domain.catalog import Thinking

OPEN = "<think>"
CLOSE = "</think>"
_BLOCK = re.compile(r"<think>.*?</think>\s*", re.DOTALL)


class TagSplitter:
    """Splits one choice's streamed text into (thinking, answer); tags may be cut anywhere.

    Text that does not open with the tag is answer, or thinking when the profile's opener is implicit.
    """

    def __init__(self, thinking: Thinking | None) -> None:
        self._implicit = thinking is not None and thinking.format == "tags" and thinking.opener == "implicit"
        self._state: Literal["opening", "thinking", "answer"] = "opening"
        self._held = ""
        self._thought: list[str] = []
        self._trim = False

    def feed(self, text: str) -> tuple[str, str]:
        """Thinking and answer text that is certain by now."""
        self._held += text
        if self._state == "opening":
            self._open()
        if self._state == "opening":
            return "", ""
        if self._state == "answer":
            return "", self._lead(self._release(len(self._held)))
        before, tag, after = self._held.partition(CLOSE)
        if not tag:
            certain = self._release(len(self._held) - _begun(self._held, CLOSE))
            self._thought.append(certain)
            return certain, ""
        self._state, self._held, self._trim = "answer", "", True
        return before, self._lead(after)

    def end(self, finish_reason: str | None) -> tuple[str, str]:
        """What was held back. A model that stopped by itself without ever closing an implicit block did
        not think: its whole text is repeated as the answer, so that no client is left without one."""
        held = self._release(len(self._held))
        if self._state != "thinking":
            return "", held
        if self._implicit and finish_reason == "stop":
            return held, "".join(self._thought) + held
        return held, ""

    def pass_through(self) -> None:
        """The upstream separates thinking itself: text is answer from here on."""
        self._state = "answer"

    def _open(self) -> None:
        bare = self._held.lstrip()
        if bare.startswith(OPEN):
            self._state, self._held, self._implicit = "thinking", bare[len(OPEN) :], False
        elif not OPEN.startswith(bare):
            self._state = "thinking" if self._implicit else "answer"

    def _release(self, length: int) -> str:
        released, self._held = self._held[:length], self._held[length:]
        return released

    def _lead(self, text: str) -> str:
        """The blank lines between thinking and answer belong to neither."""
        if self._trim and text:
            text = text.lstrip("\n")
            self._trim = not text
        return text


def _begun(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    return next((n for n in range(min(len(tag) - 1, len(text)), 0, -1) if tag.startswith(text[-n:])), 0)


def separate(message: dict[str, Any], thinking: Thinking | None, finish_reason: str | None) -> bool:
    """Moves a whole message's thinking into `reasoning_content`, in place. True if anything changed."""
    if isinstance(message.get("reasoning"), str) and not message.get("reasoning_content"):
        message["reasoning_content"] = message.pop("reasoning")
        return True
    content = message.get("content")
    if thinking is None or message.get("reasoning_content") or not isinstance(content, str):
        return False
    splitter = TagSplitter(thinking)
    thought, answer = splitter.feed(content)
    more_thought, more_answer = splitter.end(finish_reason)
    if more_answer and not answer and more_answer == content:
        return False
    thought += more_thought
    if not thought and answer + more_answer == content:
        return False
    message["reasoning_content"] = thought.strip("\n") or None
    message["content"] = (answer + more_answer) or None
    return True


def without_thinking(messages: list[Any]) -> list[Any]:
    """Earlier turns without any thinking; the same list when there was none."""
    if not any(map(_has_thinking, messages)):
        return messages
    return [_stripped(message) if _has_thinking(message) else message for message in messages]


def _has_thinking(message: Any) -> bool:
    if message.get("role") != "assistant":
        return False
    content = message.get("content")
    return (
        "reasoning_content" in message
        or "reasoning" in message
        or (isinstance(content, str) and CLOSE in content)
    )


def _stripped(message: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in message.items() if k not in ("reasoning_content", "reasoning")}
    content = kept.get("content")
    if isinstance(content, str) and CLOSE in content:
        without_blocks = _BLOCK.sub("", content)
        kept["content"] = without_blocks.rpartition(CLOSE)[2].lstrip()
    return kept
