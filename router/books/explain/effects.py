"""The change of a workload's cost between two spans as five effects that add up to it, to the pico. Pure.

With S answers, overhead o an answer, share s of each model, tokens q an answer and price p of each direction,
cost = S x (o + sum over models of s x sum over directions of q x p). The factors are replaced one after the
other, old by new, in this order (another order would divide the change otherwise):

    volume    more or fewer answers, at the old cost of one
    quality   overhead an answer: retries, rejected answers, escalations, judges
    mix       other models answer, at the old cost of each
    length    more or fewer tokens an answer, at the old prices
    price     other prices, and corrections of costs

A workload that is new or gone is volume. A model or direction that is new is taken at its new cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

Effect = Literal["volume", "quality", "mix", "length", "price"]
EFFECTS: tuple[Effect, ...] = ("volume", "quality", "mix", "length", "price")


@dataclass(slots=True)
class Answers:
    """What one model answered: their number, tokens and cost (pico-USD) by meter."""

    count: int = 0
    tokens: dict[str, int] = field(default_factory=dict)
    cost: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Span:
    """One workload in one span. `overhead`: cost of what was no returned answer; `corrections` of costs."""

    models: dict[str, Answers] = field(default_factory=dict)
    overhead: int = 0
    corrections: int = 0

    @property
    def answers(self) -> int:
        return sum(model.count for model in self.models.values())

    @property
    def cost(self) -> int:
        return self.overhead + self.corrections + sum(sum(m.cost.values()) for m in self.models.values())

    def share(self, model: str) -> Fraction:
        """Of the answers."""
        found = self.models.get(model)
        return Fraction(found.count, self.answers) if found and self.answers else Fraction(0)


def effects(old: Span, new: Span) -> dict[Effect, int]:
    """The five, in pico-USD; their sum is `new.cost - old.cost` exactly."""
    change = new.cost - old.cost
    corrected = new.corrections - old.corrections
    if not old.answers or not new.answers:
        return _whole({"volume": Fraction(change - corrected), "price": Fraction(corrected)}, change)
    volume = Fraction((new.answers - old.answers) * (old.cost - old.corrections), old.answers)
    quality = new.overhead - Fraction(new.answers * old.overhead, old.answers)
    mix = length = price = Fraction(0)
    for name in {*old.models, *new.models}:
        before, after = old.models.get(name), new.models.get(name)
        known = before if before and before.count else after
        assert known is not None
        unit = Fraction(sum(known.cost.values()), known.count) if known.count else Fraction(0)
        mix += new.answers * (new.share(name) - old.share(name)) * unit
        if after and after.count and before and before.count:
            longer, dearer = _of_model(before, after)
            length += longer
            price += dearer
    parts: dict[Effect, Fraction] = {
        "volume": volume, "quality": Fraction(quality), "mix": mix, "length": length,
        "price": price + corrected,
    }  # fmt: skip
    return _whole(parts, change)


def _of_model(before: Answers, after: Answers) -> tuple[Fraction, Fraction]:
    """What length and price change about the answers that a model gives now."""
    longer = dearer = Fraction(0)
    for meter in {*before.cost, *after.cost}:
        cost = after.cost.get(meter, 0)
        tokens, once = after.tokens.get(meter, 0), before.tokens.get(meter, 0)
        if once and tokens:
            same = Fraction(before.cost.get(meter, 0), once)
            longer += (tokens - Fraction(after.count * once, before.count)) * same
            dearer += cost - tokens * same
        else:
            longer += cost - Fraction(after.count * before.cost.get(meter, 0), before.count)
    return longer, dearer


def _whole(parts: Mapping[Effect, Fraction], total: int) -> dict[Effect, int]:
    """Rounded down, the missing pico-dollars to the largest remainders."""
    found: dict[Effect, int] = {name: parts.get(name, Fraction(0)).__floor__() for name in EFFECTS}
    missing = total - sum(found.values())
    order = sorted(EFFECTS, key=lambda name: found[name] - parts.get(name, Fraction(0)))
    for name in order[:missing]:
        found[name] += 1
    return found
