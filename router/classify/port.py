"""What the pipeline asks of a classifier.

Ingress builds a `Conversation` from the wire once; a classifier sees no HTTP, no key and no policy, so a
learned one can stand behind the same Protocol. It must not change what is sent upstream.
"""

from __future__ import annotations

from typing import Protocol

from router.domain.conversation import Conversation, Turn
from router.domain.facts import Signals

__all__ = ["Classifier", "Conversation", "Turn"]


class Classifier(Protocol):
    """Total: whatever the conversation holds, an answer comes back; a doubt is a low `confidence`."""

    def classify(self, conversation: Conversation) -> Signals: ...
