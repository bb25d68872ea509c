"""Many requests decided under one bundle: rule, first candidate, and what is expected of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from router.domain.catalog import Endpoint, Model
from router.domain.decision import Decision
from router.lifecycle.replay.chunk import Chunk, Replayed
from router.lifecycle.replay.columns import NAN, Bools, Columns, Ints
from router.lifecycle.replay.fixed import Served, fixed
from router.lifecycle.replay.outlook import curves_of
from router.lifecycle.replay.rules import RuleTable
from router.policy.decide import decide
from router.policy.documents import Bundle

CHUNK = 16_384
"""Requests at a time: the matrices of a chunk stay in the processor's caches."""


def served_by(bundle: Bundle) -> list[tuple[Model, Endpoint]]:
    """The endpoints of a bundle, in the order in which results count them."""
    return [(model, endpoint) for model in bundle.catalog.models.values() for endpoint in model.endpoints]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Of every request in its order: the first candidate's endpoint as `served_by` counts them (-1: refused)
    and what it is expected to cost in pico-USD."""

    endpoint: Ints
    cost: Ints

    @classmethod
    def empty(cls, count: int) -> Chosen:
        return cls(np.full(count, -1, np.int64), np.zeros(count, np.int64))

    def keep(self, part: slice, found: Replayed) -> None:
        """The decisions of a part."""
        self.endpoint[part], self.cost[part] = found.endpoint, found.cost


class Replay:
    """A bundle made ready for some columns. `served` are its endpoints, in the order in which results count
    them; `through_decide` counts the requests so far that were too close to call in floating point, or
    whose order depends on checks or loads."""

    def __init__(self, bundle: Bundle, columns: Columns) -> None:
        self.bundle, self._columns = bundle, columns
        self.served = served_by(bundle)
        self.through_decide = 0
        policy = bundle.policy
        self._facts = [profile.under(policy.default_data_class) for profile in columns.profiles]
        self._rule = RuleTable(policy, columns, self._facts).met()
        keys, self._row = _numbered(columns.profile * len(policy.rules) + self._rule)
        numbers = (divmod(int(key), len(policy.rules)) for key in keys)
        self._pairs = [(self._facts[p], columns.profiles[p], policy.rules[r]) for p, r in numbers]
        self._table = fixed(self._pairs, policy, self.served)
        self._at = {endpoint.id: n for n, (_, endpoint) in enumerate(self.served)}

    def chunks(self) -> Iterator[tuple[slice, Replayed]]:
        """The decisions, CHUNK requests at a time, in order."""
        for start in range(0, len(self._columns), CHUNK):
            part = slice(start, min(start + CHUNK, len(self._columns)))
            yield part, self._decided(part)

    def rows(self, part: slice) -> Ints:
        """Which profile and rule each request of a part has: rows of `place_allowed`."""
        return self._row[part]

    def place_allowed(self, served: Served) -> Bools:
        """Profiles and rules x `served`, endpoints of any catalog: whether residency lets data go there."""
        policy = self.bundle.policy
        found = [
            [policy.clearance(facts.data_class, rule).admits(endpoint.residency) for _, endpoint in served]
            for facts, _, rule in self._pairs
        ]
        return np.array(found, np.bool_).reshape(len(self._pairs), len(served))

    def _decided(self, part: slice) -> Replayed:
        columns, bundle = self._columns.part(part), self.bundle
        if not self.served:
            return Replayed.nobody(self._rule[part])
        curves = curves_of(columns, self._facts)
        chunk = Chunk(columns, self._rule[part], self._row[part], self._table, curves)
        found, close = chunk.replayed(bundle.policy, bundle.prices, self.served)
        for at in close:
            self._put(found, int(at), self._by_decide(columns, int(at)))
        self.through_decide += len(close)
        return found

    def _by_decide(self, columns: Columns, at: int) -> Decision:
        bundle = self.bundle
        facts = columns.facts(at, bundle.policy.default_data_class)
        profile = columns.profiles[columns.profile[at]]
        return decide(
            facts,
            bundle.policy,
            bundle.catalog,
            bundle.prices,
            profile.unhealthy,
            profile.applying,
            dict.fromkeys(profile.unaffordable, "a budget had no room for it then"),
            dict(profile.loads),
        )

    def _put(self, found: Replayed, at: int, decision: Decision) -> None:
        found.may[at] = False
        for candidate in decision.candidates:
            found.may[at, self._at[candidate.endpoint.id]] = True
        if not decision.candidates:
            found.endpoint[at] = -1
            return
        first = decision.candidates[0]
        chance, seconds = first.chance, first.expected_seconds
        found.endpoint[at] = self._at[first.endpoint.id]
        found.cost[at], found.output[at] = first.expected_cost, first.expected_output
        found.p[at] = NAN if chance is None else chance.expected
        found.p_low[at] = NAN if chance is None else chance.low
        found.p_high[at] = NAN if chance is None else chance.high
        found.seconds[at] = NAN if seconds is None else seconds


def _numbered(keys: Ints) -> tuple[Ints, Ints]:
    """The different keys, and for each entry which of them it is."""
    found, row = np.unique(keys, return_inverse=True)
    return found, row
