"""Decisions in columns are those of `decide`, whatever requests and policies there are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.domain.catalog import Catalog
from router.domain.decision import Decision
from router.domain.policy import Policy
from router.domain.prices import PriceBook
from router.lifecycle.replay.chunk import Replayed
from router.lifecycle.replay.collect import Seen, columns_of
from router.lifecycle.replay.columns import Profile
from router.lifecycle.replay.replay import Replay
from router.policy.decide import decide
from router.policy.documents import Bundle
from tests.lifecycle.random_policies import START, bundles, seen

Parts = tuple[Policy, Catalog, PriceBook]


def replay_of(parts: Parts, requests: list[Seen]) -> Replay:
    """The requests made ready under a bundle of these parts."""
    policy, catalog, prices = parts
    return Replay(Bundle(catalog, prices, policy, "digest", START, ()), columns_of(requests))


def profile_of(one: Seen) -> Profile:
    """What the columns keep of a request beside its numbers."""
    return columns_of([one]).profiles[0]


def same(replay: Replay, found: Replayed, at: int, decision: Decision) -> None:
    """Everything that a decision says is in the columns: names and money exactly, chances to 12 digits."""
    assert replay.bundle.policy.rules[found.rule[at]] is decision.rule
    may = {replay.served[n][1].id for n in found.may[at].nonzero()[0]}
    assert may == {candidate.endpoint.id for candidate in decision.candidates}
    if not decision.candidates:
        assert found.endpoint[at] == -1
        return
    first = decision.candidates[0]
    assert replay.served[found.endpoint[at]][1].id == first.endpoint.id
    assert (found.cost[at], found.output[at]) == (first.expected_cost, first.expected_output)
    told = (found.p[at], found.p_low[at], found.p_high[at], found.seconds[at])
    chance = first.chance
    known = (None, None, None) if chance is None else (chance.expected, chance.low, chance.high)
    wanted = [math.nan if one is None else one for one in (*known, first.expected_seconds)]
    assert list(told) == pytest.approx(wanted, rel=1e-12, nan_ok=True)


@settings(max_examples=250)
@given(bundles(), st.lists(seen(), min_size=1, max_size=8))
def test_columns_decide_as_decide_does(parts: Parts, requests: list[Seen]) -> None:
    """Rule, candidates, who comes first, and what is expected of it, for any request under any policy."""
    replay = replay_of(parts, requests)
    for part, found in replay.chunks():
        for at in range(part.start, part.stop):
            one = requests[at]
            same(
                replay,
                found,
                at - part.start,
                decide(one.facts, *parts, one.unhealthy, profile_of(one).applying, loads=dict(one.loads)),
            )
    assert replay.through_decide <= len(requests)


@settings(max_examples=100)
@given(st.lists(seen(), min_size=1, max_size=5))
def test_columns_give_back_the_facts(requests: list[Seen]) -> None:
    """What goes through `decide` after all is the very request."""
    columns = columns_of(requests)
    for at, one in enumerate(requests):
        assert columns.facts(at, one.facts.data_class) == one.facts
