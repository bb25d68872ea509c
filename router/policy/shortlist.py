"""Who may serve a kind of request, worked out once for all requests of the kind. Pure.

Of a policy in force a gateway sees few kinds: the same rule, data class, task and capabilities come again
and again, and with them the same endpoints, the same reasons against the others and the same prices. What a
request's numbers decide (tokens, difficulty, load, budgets) is left to `decide`. Kept with the policy, so
that what is kept of one is gone with it; each list says of which catalog and price book it is, and for how
long its prices are in force.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from typing import Final, NamedTuple

from router.domain.ability import Estimate
from router.domain.catalog import Catalog, Endpoint, Model
from router.domain.decision import Constraint, Removed
from router.domain.facts import Facts
from router.domain.policy import Policy, Rule
from router.domain.prices import Price, PriceBook
from router.domain.value import value
from router.policy.constraints import barred, greed

MOST_KINDS: Final = 512
"""Of one policy; then all are worked out anew. A list is some kilobytes."""


class Place(NamedTuple):
    """One endpoint of a model. `barred`: why it may serve no request of the kind; `unfit`: why none that its
    context is large enough for. Without either it has a `price`."""

    name: str
    endpoint: Endpoint
    context: int
    barred: Removed | None
    unfit: Removed | None
    price: Price | None


@value
class Offer:
    """One model with its endpoints. `ability` is the one on the kind's task, `wanted` the tokens it usually
    writes on it, and `output` what is expected of it without any word on the length."""

    model: Model
    places: tuple[Place, ...]
    ability: Estimate
    wanted: int
    output: int


@value
class Shortlist:
    """All models in the catalog's order, with the prices in force from `since` to before `until`; None:
    without end."""

    catalog: Catalog
    prices: PriceBook
    offers: tuple[Offer, ...]
    since: datetime | None
    until: datetime | None

    def holds(self, catalog: Catalog, prices: PriceBook, now: datetime) -> bool:
        """Whether it is of these and its prices are in force."""
        return (
            self.catalog is catalog
            and self.prices is prices
            and (self.since is None or self.since <= now)
            and (self.until is None or now < self.until)
        )


def shortlist(facts: Facts, policy: Policy, rule: Rule, catalog: Catalog, prices: PriceBook) -> Shortlist:
    """The list of the kind that `facts` are of under `rule`, one of the policy's own."""
    caller, pin = facts.caller, facts.pin
    kind = (
        id(rule),  # as long as the policy is there, its rules are
        facts.task,
        facts.data_class,
        facts.language,
        facts.capabilities,
        facts.greedy,
        facts.min_tier,
        pin.kind,
        pin.tier,
        pin.model,
        caller.allowed_tiers,
        caller.allowed_models,
    )
    kept = policy.shortlists
    found = kept.get(kind)
    if isinstance(found, Shortlist) and found.holds(catalog, prices, facts.now):
        return found
    if len(kept) >= MOST_KINDS:
        kept.clear()
    made = kept[kind] = _made(facts, policy, rule, catalog, prices)
    return made


def _made(facts: Facts, policy: Policy, rule: Rule, catalog: Catalog, prices: PriceBook) -> Shortlist:
    at = bisect_right(prices.changes, facts.now)
    return Shortlist(
        catalog,
        prices,
        tuple([_offer(facts, policy, rule, model, prices) for model in catalog.models.values()]),
        prices.changes[at - 1] if at else None,
        prices.changes[at] if at < len(prices.changes) else None,
    )


def _offer(facts: Facts, policy: Policy, rule: Rule, model: Model, prices: PriceBook) -> Offer:
    greedy, places = greed(facts, model), []
    for endpoint, reason in zip(model.endpoints, barred(facts, policy, rule, model), strict=True):
        price = prices.find(model.name, endpoint.id, facts.now)
        unfit = greedy or (None if price is not None else (Constraint.UNPRICED, "no price is in force"))
        places.append(
            Place(
                endpoint.id,
                endpoint,
                endpoint.context,
                None if reason is None else Removed(model.name, endpoint.id, *reason),
                None if unfit is None else Removed(model.name, endpoint.id, *unfit),
                price,
            )
        )
    wanted = model.output_for(facts.task)
    output = round(wanted or model.expected_output_default) or 1
    return Offer(model, tuple(places), model.abilities.of(facts.task), wanted, output)
