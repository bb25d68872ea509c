"""What the pipeline asks of a classifier, and the plain view of a conversation it is given.

Ingress builds a `Conversation` from the wire once; a classifier sees no HTTP, no key and no policy, so a
learned one can stand behind the same Protocol. It must not change what is sent upstream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from router.domain.facts import Signals


@dataclass(frozen=True, slots=True)
class Turn:
    """One message: its role as on the wire and its text parts joined ("" when it has none)."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """One request's messages. `tools` counts the tools offered, `tool_turns` the messages with role
    `tool`, `images` and `audio` the parts of that kind over all turns."""

    turns: tuple[Turn, ...]
    tools: int = 0
    tool_turns: int = 0
    response_format: Literal["text", "json_object", "json_schema"] = "text"
    images: int = 0
    audio: int = 0
    max_tokens: int | None = None


class Classifier(Protocol):
    """Total: whatever the conversation holds, an answer comes back; a doubt is a low `confidence`."""

    def classify(self, conversation: Conversation) -> Signals: ...
