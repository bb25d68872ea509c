"""What is brought together for the decision, and what stands in for a classifier that failed."""

from __future__ import annotations

from router.domain.caller import Caller
from router.domain.conversation import Conversation, Turn
from router.domain.facts import Facts, Hints, Pin
from router.domain.kinds import DataClass
from router.policy.facts import gather_facts
from tests.policy import build


def without_classifier(conversation: Conversation) -> Facts:
    caller, hints = Caller("k", "o", "t", "p"), Hints()
    return gather_facts(
        caller, Pin("auto"), hints, conversation, frozenset(), False, None, DataClass.INTERNAL, build.NOW
    )


def test_without_a_classifier_everything_that_is_read_counts_as_input() -> None:
    """Text, tool definitions and tool calls, at three characters to a token."""
    turns = (Turn("user", "x" * 300), Turn("assistant", ""))
    facts = without_classifier(Conversation(turns, tools=1, extra_bytes=600))
    assert (facts.input_tokens, facts.classifier_failed) == (300, True)
