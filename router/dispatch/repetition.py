"""Notices a runaway answer: one that has begun to repeat a unit of text without end.

Reasoning models under greedy or quantised decoding fall into such loops and would write until their
token limit, on the caller's bill.
"""

from __future__ import annotations

from router.domain.catalog import RepetitionGuard
from router.domain.repetition import SHORT_PERIOD_FACTOR, loop_period

_EVERY = 48
"""Characters of new text between two looks; a look costs a few microseconds."""


class RepetitionDetector:
    """Fed with an answer's text as it arrives; `feed` turns true once the tail is a loop."""

    def __init__(self, guard: RepetitionGuard) -> None:
        self._guard = guard
        self._window = (
            max(guard.max_period * guard.min_repeats, guard.min_chars * SHORT_PERIOD_FACTOR)
            + guard.max_period
        )
        self._tail = ""
        self._unseen = 0

    def feed(self, text: str) -> bool:
        """True when the text so far ends in a loop."""
        self._tail = (self._tail + text)[-self._window :]
        self._unseen += len(text)
        if self._unseen < _EVERY:
            return False
        self._unseen = 0
        return loop_period(self._tail, self._guard) is not None
