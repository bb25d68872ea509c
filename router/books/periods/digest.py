"""What a closing is known by: SHA-256 over every line it froze and over the closing before it. Pure.

Form 1 froze charges and the first measures of outcomes; form 2 all of them, and the lengths of answers that
the month's savings are estimated with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from router.books.rollups.facts import OUTCOMES, Sums, stored
from router.record.book_tables import FIRST_OUTCOME_MEASURES

FORM = 2
"""Of closings made by this version."""
_LATER = len(OUTCOMES.measures) - len(FIRST_OUTCOME_MEASURES)


def digest(
    head: tuple[str, int, str | None], form: int, frozen: Mapping[str, Sums], lengths: str | None
) -> str:
    """Hex. `head`: month, version, digest of the closing before. `frozen`: by name of the fact, in order of
    names; lines in an order that is always the same."""
    found = hashlib.sha256()
    found.update(_line(list(head)))
    for name in sorted(frozen):
        found.update(_line([name]))
        for row in _rows(name, form, frozen[name]):
            found.update(_line(list(row)))
    if form > 1:
        found.update(_line([lengths]))
    return found.hexdigest()


def _rows(name: str, form: int, sums: Sums) -> Iterable[tuple[Any, ...]]:
    if form == 1 and name == OUTCOMES.day.name:
        return stored({key: measures[:-_LATER] for key, measures in sums.items()})
    return stored(sums)


def _line(values: list[object]) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
