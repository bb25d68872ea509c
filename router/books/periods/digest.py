"""What a closing is known by: SHA-256 over every line it froze and over the closing before it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from router.books.rollups.facts import Sums, stored


def digest(period: str, version: int, previous: str | None, frozen: Mapping[str, Sums]) -> str:
    """Hex. `frozen`: by name of the fact, in order of names; lines in an order that is always the same."""
    found = hashlib.sha256()
    found.update(_line([period, version, previous]))
    for name in sorted(frozen):
        found.update(_line([name]))
        for row in stored(frozen[name]):
            found.update(_line(list(row)))
    return found.hexdigest()


def _line(values: list[object]) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
