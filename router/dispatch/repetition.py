"""Notices a runaway answer: one that has begun to repeat a unit of text without end.

Reasoning models under greedy or quantised decoding fall into such loops and would write until their
token limit, on the caller's bill.
"""

from __future__ import annotations

from router.domain.catalog import RepetitionGuard

_PROBE = 24
_EVERY = 48
"""Characters of new text between two looks; a look costs a few microseconds."""
_SHORT_PERIOD_FACTOR = 4
"""Rules, dashes and padding repeat a very short unit in honest text: they must run this much longer."""


class RepetitionDetector:
    """Fed with an answer's text as it arrives; `feed` turns true once the tail is a loop."""

    def __init__(self, guard: RepetitionGuard) -> None:
        self._guard = guard
        self._window = (
            max(guard.max_period * guard.min_repeats, guard.min_chars * _SHORT_PERIOD_FACTOR)
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


def loop_period(text: str, guard: RepetitionGuard) -> int | None:
    """Length of the unit that the end of `text` repeats, long and often enough; None: no loop."""
    probe = text[-_PROBE:]
    if len(probe) < _PROBE:
        return None
    before = text.rfind(probe, 0, len(text) - 1)
    if before < 0:
        return None
    period = len(text) - _PROBE - before
    if period > guard.max_period:
        return None
    chars = guard.min_chars * (_SHORT_PERIOD_FACTOR if period < guard.min_period else 1)
    needed = max(chars, period * guard.min_repeats)
    if len(text) < needed:
        return None
    tail = text[-needed:]
    return period if tail[period:] == tail[:-period] else None
