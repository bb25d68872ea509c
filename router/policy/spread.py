"""Which endpoint of a model has a conversation, where the rule finds several as good as each other. Pure.

The one that served its previous turn keeps it, because its prefix cache is warm, unless it has no free place.
Else the endpoint of the conversation's largest weight, which every turn and every gateway finds again, unless
that one has more than its share of the load or is slower than another by more than a quarter.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.domain.decision import Candidate
from router.domain.facts import Facts
from router.domain.load import overloaded, weight

SLOWER = 1.25
"""Times the fastest: answers differ as much between two calls of one endpoint."""


def spread(candidates: list[Candidate], facts: Facts, keys: Sequence[tuple[float, ...]]) -> None:
    """Orders endpoints of one model among those with the same key, in place. `candidates` are sorted by their
    `keys`, which stand in the same order."""
    start, key = 0, keys[0]
    for end in range(1, len(keys)):
        if keys[end] != key:
            if end - start > 1:
                _within(candidates, start, end, facts)
            start, key = end, keys[end]
    if len(keys) - start > 1:
        _within(candidates, start, len(keys), facts)


def _within(candidates: list[Candidate], start: int, end: int, facts: Facts) -> None:
    """Of those with the same key, which stand there."""
    run = candidates[start:end]
    name = run[0].model.name
    if not [one for one in run if one.model.name != name]:
        candidates[start:end] = _ordered(run, facts)
        return
    by_model: dict[str, list[int]] = {}
    for at in range(start, end):
        by_model.setdefault(candidates[at].model.name, []).append(at)
    for places in by_model.values():
        if len(places) > 1:
            ordered = _ordered([candidates[at] for at in places], facts)
            for at, one in zip(places, ordered, strict=True):
                candidates[at] = one


def _ordered(group: Sequence[Candidate], facts: Facts) -> list[Candidate]:
    running = places = 0
    fastest: float | None = None
    for one in group:
        load, seconds = one.load, one.expected_seconds
        places += one.endpoint.max_concurrency if load is None else load.places
        running += 0 if load is None else load.running
        if seconds is not None and (fastest is None or seconds < fastest):
            fastest = seconds
    slow = 0.0 if fastest is None else SLOWER * fastest
    stayed = None if facts.previous is None else facts.previous.endpoint
    conversation, ranked = facts.conversation, []
    for at, one in enumerate(group):
        load, seconds, name = one.load, one.expected_seconds, one.endpoint.id
        moved = name != stayed
        # Without any call under way one more is nobody's undue share.
        unfit = moved and (
            (seconds is not None and seconds > slow)
            or (running > 0 and overloaded(load, one.endpoint, running, places))
        )
        drawn = 0 if conversation is None else weight(conversation, name)
        ranked.append((load is not None and load.wait_s != 0.0, unfit, moved, -drawn, at))
    ranked.sort()
    return [group[found[-1]] for found in ranked]
