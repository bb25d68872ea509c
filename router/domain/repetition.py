"""When a text has begun to repeat one unit without end: the rule of the stream's guard and of the checks."""

from __future__ import annotations

from router.domain.catalog import RepetitionGuard

PROBE = 24
"""Characters at the end of a text whose last earlier occurrence gives the length of the repeated unit."""
SHORT_PERIOD_FACTOR = 4
"""Rules, dashes and padding repeat a very short unit in honest text: they must run this much longer."""


def loop_period(text: str, guard: RepetitionGuard) -> int | None:
    """Length of the unit that the end of `text` repeats, long and often enough; None: no loop."""
    probe = text[-PROBE:]
    if len(probe) < PROBE:
        return None
    before = text.rfind(probe, 0, len(text) - 1)
    if before < 0:
        return None
    period = len(text) - PROBE - before
    if period > guard.max_period:
        return None
    chars = guard.min_chars * (SHORT_PERIOD_FACTOR if period < guard.min_period else 1)
    needed = max(chars, period * guard.min_repeats)
    if len(text) < needed:
        return None
    tail = text[-needed:]
    return period if tail[period:] == tail[:-period] else None
