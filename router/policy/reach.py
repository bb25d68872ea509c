"""Whether an earlier rule leaves anything for a later one: match blocks compared without any request."""

from __future__ import annotations

from collections.abc import Mapping

from router.domain.policy import Match, Span

_INFINITY = float("inf")


def covers(earlier: Match, later: Match) -> bool:
    """Whether every request that matches `later` also matches `earlier`. May miss some, never invents one."""
    return (
        _texts(earlier.organisation, later.organisation)
        and _texts(earlier.team, later.team)
        and _texts(earlier.project, later.project)
        and _texts(earlier.key, later.key)
        and _texts(earlier.workload, later.workload)
        and _set(earlier.task, later.task)
        and _set(earlier.data_class, later.data_class)
        and _set(earlier.language, later.language)
        and earlier.capabilities <= later.capabilities
        and _span(earlier.difficulty, later.difficulty)
        and _span(earlier.confidence, later.confidence)
        and _span(earlier.input_tokens, later.input_tokens)
        and _tags(earlier.tags, later.tags)
        and (earlier.time is None or earlier.time == later.time)
    )


def _set(earlier: frozenset[str], later: frozenset[str]) -> bool:
    return not earlier or (bool(later) and later <= earlier)


def _texts(earlier: tuple[str, ...], later: tuple[str, ...]) -> bool:
    if not earlier:
        return True
    return bool(later) and all(any(_pattern(wide, narrow) for wide in earlier) for narrow in later)


def _pattern(wide: str, narrow: str) -> bool:
    if wide.endswith("*"):
        return narrow.startswith(wide[:-1])
    return wide == narrow


def _span(earlier: Span | None, later: Span | None) -> bool:
    if earlier is None:
        return True
    if later is None:
        return False
    low = -_INFINITY if earlier.at_least is None else earlier.at_least
    high = _INFINITY if earlier.below is None else earlier.below
    later_low = -_INFINITY if later.at_least is None else later.at_least
    later_high = _INFINITY if later.below is None else later.below
    return low <= later_low and later_high <= high


def _tags(earlier: Mapping[str, tuple[str, ...]], later: Mapping[str, tuple[str, ...]]) -> bool:
    return all(values and name in later and _texts(values, later[name]) for name, values in earlier.items())
