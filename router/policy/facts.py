"""What the wire, the caller's hints and the classifier say, brought together into Facts. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from router.domain.caller import Caller
from router.domain.conversation import Conversation
from router.domain.facts import Facts, Hints, Pin, Previous, Signals
from router.domain.kinds import Capability, DataClass

_CHARACTERS_PER_TOKEN = 3
"""Only used when the classifier failed: on the safe side of English text's four."""
_RESULTS = ("tool", "function")
"""Roles of a tool's result: the model waits for it, and only the one that called can make sense of it."""


def gather_facts(
    caller: Caller,
    pin: Pin,
    hints: Hints,
    conversation: Conversation,
    capabilities: frozenset[Capability],
    greedy: bool,
    signals: Signals | None,
    default_data_class: DataClass,
    now: datetime,
    previous: Previous | None = None,
    conversation_unit: int | None = None,
    detected: DataClass | None = None,
) -> Facts:
    """The app's word on task wins over the classifier's, also in the reading's task mix; of data classes
    the strictest wins, so that a label can be raised by what the text carries but never lowered."""
    marked = signals.data_class if signals is not None else None
    data_class = hints.data_class or default_data_class
    for found in (marked, detected):
        if found is not None and found.rank > data_class.rank:
            data_class = found
    if signals is not None:
        input_tokens = signals.input_tokens
    else:
        characters = sum(len(turn.text) for turn in conversation.turns) + conversation.extra_bytes
        input_tokens = characters // _CHARACTERS_PER_TOKEN
    reading = signals.reading if signals is not None else None
    if reading is not None and hints.task is not None:
        reading = replace(reading, shares={hints.task: 1.0})
    turns = conversation.turns
    return Facts(
        caller=caller,
        pin=pin,
        workload=hints.workload,
        task=hints.task or (signals.task if signals else None),
        difficulty=signals.difficulty if signals else None,
        confidence=signals.confidence if signals else None,
        data_class=data_class,
        language=signals.language if signals else "und",
        capabilities=capabilities,
        input_tokens=input_tokens,
        max_output_tokens=conversation.max_tokens,
        min_tier=hints.min_tier,
        quality=hints.quality,
        greedy=greedy,
        now=now,
        tags=hints.tags,
        classifier_failed=signals is None,
        reading=reading,
        previous=previous,
        tool_loop=bool(turns) and turns[-1].role in _RESULTS,
        conversation=conversation_unit,
    )
