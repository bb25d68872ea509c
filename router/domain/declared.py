"""What an app declares of a right answer: a reference, constraints, tests, a language. Values only.

Read from the wire in `ingress`, made into checks in `verify`. It never leaves the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from router.domain.value import value


class ReferenceKind(StrEnum):
    """How an answer is compared with a reference."""

    EXACT = "exact"
    NUMBER = "number"
    CHOICE = "choice"
    WORDS = "words"
    MATH = "math"
    SQL = "sql"
    CALLS = "calls"


@value
class Reference:
    """Right answers: any of them, where the kind can take several; all of them, where they are calls.

    `fixture` is the script that makes the database of a SQL reference; `options` are the texts of a choice's
    letters; `tolerance` is relative."""

    kind: ReferenceKind
    texts: tuple[str, ...]
    fixture: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    tolerance: float = 0.0
    threshold: float = 0.8


@value
class Declared:
    """`constraints` are ids with their arguments, `tests` a document as `verify.code` reads it, both not yet
    looked into. `places` says where in the request each of the fields was said."""

    reference: Reference | None = None
    constraints: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    tests: Mapping[str, Any] | None = None
    language: str | None = None
    places: Mapping[str, str] = field(default_factory=dict)


NOTHING_DECLARED = Declared()
