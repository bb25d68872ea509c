"""Which tags of a request the books keep: those that costs are allocated by. Pure.

A tag such as a user's or a session's id would make as many sums as there are requests.
"""

from __future__ import annotations

import json

_MOST_REMEMBERED = 20_000


class KeptTags:
    """Raw tag text of requests to the text that keys of sums carry: the kept names, in order."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = tuple(sorted(names))
        self._known: dict[str, str] = {}

    def of(self, text: str) -> str:
        """JSON text of the kept tags; `{}` when there are none."""
        found = self._known.get(text)
        if found is None:
            found = self._kept(text)
            if len(self._known) < _MOST_REMEMBERED:
                self._known[text] = found
        return found

    def _kept(self, text: str) -> str:
        try:
            tags = json.loads(text)
        except ValueError:
            return "{}"
        if not isinstance(tags, dict):
            return "{}"
        kept = {name: str(tags[name]) for name in self._names if tags.get(name) is not None}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
