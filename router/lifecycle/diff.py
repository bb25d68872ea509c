"""What two policies say differently, field by field, each with the place where it is written. Pure.

Entries of lists are told apart by their name (rules, models, endpoints, prices), not by their position, so
that a rule moved or inserted is no change of all that follow. Of other lists (teams of a match, tiers) it is
said which items came and went.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from router.policy.folder import SourceFile
from router.policy.yamldoc import Path, Plain, SourceDocument, SourceFloat, parse_documents

_NAMES = {
    "rules": ("name",),
    "models": ("name",),
    "endpoints": ("id",),
    "prices": ("model", "endpoint", "valid_from"),
    "budgets": ("name",),
}
_RANKED = ("tiers",)
"""Lists in which it matters where something new stands."""
_LONGEST = 70
_SHARED = 20
"""Of what two long texts begin with alike, so much is shown before they part."""
_Kind = Literal["added", "removed", "changed", "moved", "added to", "removed from"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` as `RoutingPolicy rule code quality_target`; `where` is file:line in the newer policy, or in the
    older for what it no longer has. `added to` and `removed from` are one item of a list, whole."""

    kind: _Kind
    what: str
    before: str | None
    after: str | None
    where: str


def differences(before: Sequence[SourceFile], after: Sequence[SourceFile]) -> list[Difference]:
    """Everything that differs in meaning; comments, layout and file names do not."""
    old, new = _by_kind(before), _by_kind(after)
    found: list[Difference] = []
    for kind in sorted(old.keys() | new.keys()):
        one, other = old.get(kind), new.get(kind)
        if one is None or other is None:
            source, said = (other, "added") if one is None else (one, "removed")
            assert source is not None
            found.append(_whole(kind, source, said == "added"))
        else:
            found += _Walk(one, other).values(kind, (), (), one.data, other.data)
    return found


def _by_kind(files: Sequence[SourceFile]) -> Mapping[str, SourceDocument]:
    documents = [document for file in files for document in parse_documents(file.name, file.content)[0]]
    return {str(document.data["kind"]): document for document in documents if isinstance(document.data, dict)}


def _whole(kind: str, source: SourceDocument, added: bool) -> Difference:
    return Difference("added" if added else "removed", kind, None, None, f"{source.file}:{source.line(())}")


class _Walk:
    """Two documents of one kind, side by side."""

    def __init__(self, old: SourceDocument, new: SourceDocument) -> None:
        self._old, self._new = old, new

    def values(self, what: str, at: Path, to: Path, one: Plain, other: Plain) -> Iterator[Difference]:
        """`at` is the path in the older document, `to` in the newer."""
        if isinstance(one, dict) and isinstance(other, dict):
            for key in {**one, **other}:
                if key not in other:
                    yield self._gone(f"{what} {key}", (*at, key), one[key])
                elif key not in one:
                    yield self._come(f"{what} {key}", (*to, key), other[key])
                else:
                    inner = what if key == "spec" else f"{what} {key}"
                    yield from self.values(inner, (*at, key), (*to, key), one[key], other[key])
        elif isinstance(one, list) and isinstance(other, list):
            named = at[-1] in _NAMES and all(isinstance(entry, dict) for entry in (*one, *other))
            entries = self._entries if named else self._items
            yield from entries(what, at, to, one, other)
        elif _shown(one) != _shown(other):
            yield Difference("changed", what, _shown(one), _shown(other), self._place(self._new, to))

    def _entries(
        self, what: str, at: Path, to: Path, one: list[Plain], other: list[Plain]
    ) -> Iterator[Difference]:
        field = str(at[-1])
        old, new = _named(one, field), _named(other, field)
        stem = f"{what.rsplit(' ', 1)[0]} {field.removesuffix('s')}"
        for name, index in old.items():
            if name not in new:
                yield self._gone(f"{stem} {name}", (*at, index), one[index])
        for name, index in new.items():
            if name not in old:
                yield self._come(f"{stem} {name}", (*to, index), other[index])
                continue
            here = f"{stem} {name}"
            yield from self.values(here, (*at, old[name]), (*to, index), one[old[name]], other[index])
        if field == "rules":
            yield from self._moved(stem, to, list(old), new)

    def _items(
        self, what: str, at: Path, to: Path, one: list[Plain], other: list[Plain]
    ) -> Iterator[Difference]:
        """What is no longer in a list and what is new there, and the order if the rest has another one."""
        old, new = list(map(_key, one)), list(map(_key, other))
        gone, come = _only_first(old, new), _only_first(new, old)
        for index in gone:
            place = self._place(self._old, (*at, index))
            yield Difference("removed from", what, _shown(one[index]), None, place)
        for index in come:
            place = self._place(self._new, (*to, index))
            yield Difference("added to", what, None, _shown(other[index]), place)
        stayed, stay = (_without(*side) for side in ((old, gone), (new, come)))
        if stayed != stay or (come and to[-1] in _RANKED):
            order = f"in the order {_shown(other)}"
            yield Difference("moved", what, None, order, self._place(self._new, to))

    def _moved(self, stem: str, to: Path, old: list[str], new: Mapping[str, int]) -> Iterator[Difference]:
        """Rules that stand after another one now that they stood before: first match wins, so that counts."""
        kept = [name for name in old if name in new]
        now = sorted(kept, key=lambda name: new[name])
        for name in now:
            before = now[: now.index(name)]
            passed = [other for other in before if kept.index(other) > kept.index(name)]
            if passed:
                place = self._place(self._new, (*to, new[name]))
                yield Difference("moved", f"{stem} {name}", None, f"after {', '.join(passed)}", place)

    def _gone(self, what: str, at: Path, value: Plain) -> Difference:
        return Difference("removed", what, _shown(value), None, self._place(self._old, at))

    def _come(self, what: str, to: Path, value: Plain) -> Difference:
        return Difference("added", what, None, _shown(value), self._place(self._new, to))

    @staticmethod
    def _place(source: SourceDocument, path: Path) -> str:
        return f"{source.file}:{source.line(path)}"


def _named(entries: list[Plain], field: str) -> dict[str, int]:
    """Entries by name; those without one, and seconds of a name, by their position."""
    found: dict[str, int] = {}
    for index, entry in enumerate(entries):
        parts = [entry.get(name) for name in _NAMES[field]] if isinstance(entry, dict) else []
        name = " ".join(str(part) for part in parts if part is not None) or f"[{index}]"
        found[name if name not in found else f"{name} [{index}]"] = index
    return found


def _only_first(one: list[str], other: list[str]) -> list[int]:
    """Where `one` has an item oftener than `other`."""
    left = Counter(other)
    found = []
    for index, item in enumerate(one):
        if left[item]:
            left[item] -= 1
        else:
            found.append(index)
    return found


def _without(items: list[str], places: list[int]) -> list[str]:
    left_out = set(places)
    return [item for index, item in enumerate(items) if index not in left_out]


def _key(item: Plain) -> str:
    """The same for items that mean the same."""
    return json.dumps(_plain(item), sort_keys=True)


def _shown(value: Plain) -> str:
    """On one line, numbers as they were written."""
    if isinstance(value, SourceFloat):
        return value.text
    if isinstance(value, str):
        return value
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.text if isinstance(value, SourceFloat) else value


def difference_text(found: Difference) -> str:
    """`file:line: what: before > after`."""
    said = {
        "added": f"added {found.what}" + (f": {_cut(found.after)}" if found.after else ""),
        "removed": f"removed {found.what}" + (f": {_cut(found.before)}" if found.before else ""),
        "changed": f"{found.what}: " + " > ".join(_parted(found.before or "", found.after or "")),
        "moved": f"{found.what}: now {found.after}",
        "added to": f"added to {found.what}: {found.after}",
        "removed from": f"removed from {found.what}: {found.before}",
    }
    return f"{found.where}: {said[found.kind]}"


def _parted(before: str, after: str) -> tuple[str, str]:
    """Both cut so that it is seen where they part."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((n for n, (one, other) in pairs if one != other), min(len(before), len(after)))
    start = max(0, same - _SHARED) if max(len(before), len(after)) > _LONGEST else 0
    first, second = (("..." if start else "") + _cut(text[start:]) for text in (before, after))
    return first, second


def _cut(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
