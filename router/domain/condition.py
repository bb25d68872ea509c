"""An expression over the facts of a request, compiled elsewhere. A value: its text is what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from router.domain.facts import Facts


@dataclass(frozen=True, slots=True)
class Condition:
    """`names`: the facts that `text` speaks of; `holds` never raises."""

    text: str
    names: frozenset[str]
    holds: Callable[[Facts], bool] = field(repr=False, compare=False)
