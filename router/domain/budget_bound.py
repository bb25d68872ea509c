"""The most that a call can cost, known before it is made. Pure, exact, never too little.

A token is at least one byte of text, so the bytes of a request bound what any tokenizer makes of it; what a
chat template adds is small and bounded per message. Images and sound stand for tokens that only the provider
counts: there the endpoint's context is the bound, because it takes no more. Output is bounded by what the
caller allows, what the model writes at the most and what its context holds, for each of the answers asked
for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from router.domain.catalog import Endpoint, Model
from router.domain.money import PicoUSD
from router.domain.prices import Price
from router.domain.value import value

MESSAGE = 64
"""Tokens that a chat template may add to a message."""
TOOLS = 1_024
"""Tokens of instructions that it may add where tools are offered."""
SEARCHES = 10
"""Web searches of one call, where the caller allows them; providers bill them one by one."""


@value
class Demand:
    """What a request may need. `input`: tokens at the most; None: only the context bounds them. `output`: the
    caller's limit for one of `choices` answers; `limits`: the fields that say so, as the wire spells them.
    `predicted`: tokens of a predicted output, billed where the prediction is wrong."""

    input: int | None
    output: int | None
    choices: int = 1
    limits: tuple[str, ...] = ()
    predicted: int = 0
    searches: int = 0


def most(demand: Demand, model: Model, endpoint: Endpoint, price: Price) -> PicoUSD:
    """What one call of `endpoint` can cost at the most, whatever variant of `price` applies."""
    inward, outward, search = price.ceiling
    context = endpoint.context
    given = context if demand.input is None or demand.input > context else demand.input
    written = _written(model, endpoint)
    if demand.output is not None and demand.output < written and _obeyed(demand, model):
        written = demand.output
    written = written * demand.choices + demand.predicted
    return PicoUSD(given * inward + written * outward + demand.searches * search)


def _obeyed(demand: Demand, model: Model) -> bool:
    """Whether the caller's limit reaches the upstream: a serving profile may leave fields out."""
    profile = model.profile
    return profile is None or not profile.drop or not profile.drop.issuperset(demand.limits)


@dataclass(frozen=True, slots=True)
class Dearest:
    """What no endpoint of a catalog exceeds, so that one look tells that a budget has room for any of them.
    The first three are pico-USD for a token in, a token out and a search; `context` and `output` are
    tokens."""

    inward: int = 0
    outward: int = 0
    search: int = 0
    context: int = 0
    output: int = 0
    obeyed: bool = True

    def most(self, demand: Demand) -> int:
        """No call of any endpoint costs more."""
        given = self.context if demand.input is None else min(self.context, demand.input)
        written = self.output
        if self.obeyed and demand.output is not None:
            written = min(written, demand.output)
        written = written * demand.choices + demand.predicted
        return given * self.inward + written * self.outward + demand.searches * self.search


def dearest(models: Iterable[Model], prices: Iterable[Price]) -> Dearest:
    """Over all endpoints and all prices, in force or not."""
    inward = outward = search = context = output = 0
    obeyed = True
    for price in prices:
        here = price.ceiling
        inward, outward, search = max(inward, here[0]), max(outward, here[1]), max(search, here[2])
    for model in models:
        obeyed = obeyed and (model.profile is None or not model.profile.drop & _LIMITS)
        for endpoint in model.endpoints:
            context = max(context, endpoint.context)
            output = max(output, _written(model, endpoint))
    return Dearest(inward, outward, search, context, output, obeyed)


_LIMITS = frozenset({"max_tokens", "max_completion_tokens"})


def _written(model: Model, endpoint: Endpoint) -> int:
    """Tokens of one answer at the most."""
    return endpoint.context if model.max_output is None else min(endpoint.context, model.max_output)
