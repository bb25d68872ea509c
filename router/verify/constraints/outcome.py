"""What one check of a constraint says: None for "holds", the fault in words, or a doubt."""

from __future__ import annotations

from typing import TypeAlias

from router.domain.value import value


@value
class Doubt:
    """The check cannot say; why."""

    reason: str


Outcome: TypeAlias = str | Doubt | None

LESS_THAN, AT_LEAST = RELATIONS = ("less than", "at least")
"""The two relations of IFEval, as its data spells them."""


def amount(found: int, relation: str, wanted: int, what: str) -> str | None:
    """The fault of a count that is not `relation` `wanted`."""
    holds = found < wanted if relation == LESS_THAN else found >= wanted
    return None if holds else f"{found} {what}, asked for {relation} {wanted}"
