"""Which endpoint of a model has a conversation, where the rule finds several as good as each other. Pure.

The one that served its previous turn keeps it, because its prefix cache is warm, unless it has no free place.
Else the endpoint of the conversation's largest weight, which every turn and every gateway finds again, unless
that one has more than its share of the load or is slower than another by more than a quarter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from router.domain.decision import Candidate
from router.domain.facts import Facts
from router.domain.load import overloaded, weight

SLOWER = 1.25
"""Times the fastest: answers differ as much between two calls of one endpoint."""


def spread(candidates: list[Candidate], facts: Facts, keys: Mapping[str, tuple[float, ...]]) -> None:
    """Orders endpoints of one model among those with the same key, in place. `candidates` are sorted by their
    `keys`, which are by endpoint."""
    if len({one.model.name for one in candidates}) == len(candidates):
        return
    for _, run in groupby(range(len(candidates)), lambda at: keys[candidates[at].endpoint.id]):
        _within(candidates, list(run), facts)


def _within(candidates: list[Candidate], run: Sequence[int], facts: Facts) -> None:
    if len(run) == 1:
        return
    by_model: dict[str, list[int]] = {}
    for at in run:
        by_model.setdefault(candidates[at].model.name, []).append(at)
    for places in by_model.values():
        if len(places) > 1:
            ordered = _ordered([candidates[at] for at in places], facts)
            for at, one in zip(places, ordered, strict=True):
                candidates[at] = one


def _ordered(group: Sequence[Candidate], facts: Facts) -> list[Candidate]:
    loads = [
        (0, c.endpoint.max_concurrency) if c.load is None else (c.load.running, c.load.places) for c in group
    ]
    running, places = sum(load[0] for load in loads), sum(load[1] for load in loads)
    known = [c.expected_seconds for c in group if c.expected_seconds is not None]
    slow = SLOWER * min(known) if known else 0.0
    stayed = None if facts.previous is None else facts.previous.endpoint

    def preference(c: Candidate) -> tuple[bool, bool, bool, int]:
        waits = c.load is not None and c.load.wait_s != 0.0
        moved = c.endpoint.id != stayed
        behind = c.expected_seconds is not None and c.expected_seconds > slow
        unfit = moved and (behind or overloaded(c.load, c.endpoint, running, places))
        drawn = 0 if facts.conversation is None else weight(facts.conversation, c.endpoint.id)
        return waits, unfit, moved, -drawn

    return sorted(group, key=preference)
