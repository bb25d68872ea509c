"""`@value`: an immutable record to the type checker, a plain slotted dataclass at run time.

A frozen dataclass sets each field through `object.__setattr__`, five times slower than an assignment; with
a hundred fields a request that was a tenth of the gateway's own time. mypy refuses every assignment to a
value all the same. Use `@dataclass(frozen=True, slots=True)` where nothing is made per request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[_T]) -> type[_T]:
    """Decorates a class of annotated fields; equality and hash go by fields."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
