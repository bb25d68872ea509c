"""What shadow rules would have decided, beside the decision that acts. Pure.

A shadow rule decides the requests that it would decide if it were enforced: those that it matches and that no
enforced rule before it takes. What is decided here is recorded and shown, never dispatched; checks before the
reply are not counted on, because none will be made for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.domain.catalog import Catalog
from router.domain.decision import Decision
from router.domain.facts import Facts
from router.domain.load import Load
from router.domain.policy import Policy, Rule
from router.domain.prices import PriceBook
from router.policy.decide import IDLE, NOTHING, decide, unchecked


def shadow_decisions(
    facts: Facts,
    acting: Rule,
    policy: Policy,
    catalog: Catalog,
    prices: PriceBook,
    unhealthy: frozenset[str],
    unaffordable: Mapping[str, str] = NOTHING,
    loads: Mapping[str, Load] = IDLE,
) -> tuple[Decision, ...]:
    """One for each shadow rule before `acting` that matches, in their order; each keeps its own name."""
    found = []
    for shadow in policy.shadows:
        if shadow.position > policy.positions[acting.name]:
            break
        if shadow.rule.matches(facts):
            found.append(
                decide(facts, shadow.alone, catalog, prices, unhealthy, unchecked, unaffordable, loads)
            )
    return tuple(found)
