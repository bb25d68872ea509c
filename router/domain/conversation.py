"""The conversation as classifiers read it: text and counts, no wire format."""

from __future__ import annotations

from typing import Literal

from router.domain.value import value

ResponseFormat = Literal["text", "json_object", "json_schema"]


@value
class Turn:
    """One message. `text` is its text parts joined by line feeds; images and audio are only counted."""

    role: str
    text: str


@value
class Conversation:
    """All turns in order, and what else in the request says what kind of work it is.

    `tools` counts offered tools, `tool_turns` messages of role tool; `extra_bytes` is the size of what models
    read beside the turns, as compact JSON: the offered tools and the tool calls of earlier turns;
    `max_tokens` is the caller's own limit.
    `carried` is that text, for markers of sensitive data, which may stand there as well.
    """

    turns: tuple[Turn, ...]
    tools: int = 0
    tool_turns: int = 0
    response_format: ResponseFormat = "text"
    images: int = 0
    audio: int = 0
    max_tokens: int | None = None
    extra_bytes: int = 0
    carried: tuple[str, ...] = ()
