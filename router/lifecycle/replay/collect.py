"""Requests one by one into columns: what has few values becomes a profile, kept once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from datetime import timedelta

import numpy as np

from router.domain.facts import Facts, Previous
from router.domain.kinds import DataClass, VerifierName
from router.domain.load import Load
from router.domain.value import value
from router.lifecycle.replay.columns import ARRAYS, EPOCH, NAN, NO_READING, TASKS, Columns, Profile

_MICROSECOND = timedelta(microseconds=1)


@value
class Seen:
    """One request as it was decided on. `asked_class` is the app's label of its data, `seen_class` what the
    text's markers say: between them every policy puts its own default. `checks` apply to its answers before
    the reply; None: none was to be made then, so that nobody asked which apply. `unaffordable`: endpoints
    that a budget had no room for. `loads`: the endpoints that were busy or drained, and how."""

    facts: Facts
    unhealthy: frozenset[str]
    asked_class: DataClass | None
    seen_class: DataClass | None
    stream: bool = False
    checks: frozenset[VerifierName] | None = None
    unaffordable: frozenset[str] = frozenset()
    loads: tuple[tuple[str, Load], ...] = ()


def _key(one: Seen | Profile) -> tuple[object, ...]:
    """What makes a profile: of its facts all that is no column."""
    f, previous = one.facts, one.facts.previous
    return (
        f.caller, f.pin, f.workload, f.task, f.data_class, f.language, f.capabilities, f.min_tier, f.quality,
        f.greedy, tuple(f.tags.items()), f.classifier_failed, f.tool_loop, f.reading is None,
        f.conversation is None, None if previous is None else (previous.model, previous.endpoint),
        one.unhealthy, one.asked_class, one.seen_class, one.stream, one.checks,
        one.unaffordable,
        one.loads,
    )  # fmt: skip


def blank(seen: Seen) -> Profile:
    """The profile of a request: what is a column is left out."""
    f = seen.facts
    previous = None if f.previous is None else Previous(f.previous.model, f.previous.endpoint, 0.0, 0)
    facts: Facts = replace(
        f,
        difficulty=None,
        confidence=None,
        input_tokens=0,
        max_output_tokens=1,
        now=EPOCH,
        conversation=None if f.conversation is None else 0,
        reading=None if f.reading is None else NO_READING,
        previous=previous,
    )
    return Profile(
        facts,
        seen.unhealthy,
        seen.asked_class,
        seen.seen_class,
        seen.stream,
        seen.checks,
        seen.unaffordable,
        seen.loads,
    )


class ColumnsBuilder:
    """Collects requests one by one. The profile of each is found by the parts of its facts that are no
    columns."""

    def __init__(self) -> None:
        self._profiles: dict[tuple[object, ...], int] = {}
        self._kept: list[Profile] = []
        self._plain: list[tuple[float, ...]] = []
        self._whole: list[tuple[int, ...]] = []
        self._shares: list[tuple[float, ...]] = []
        self._heads: dict[str, dict[int, float]] = {}
        self._conversations: list[int] = []

    def __len__(self) -> int:
        return len(self._whole)

    def add(self, seen: Seen) -> None:
        """The next request."""
        facts = seen.facts
        reading, previous = facts.reading or NO_READING, facts.previous
        at = len(self._whole)
        shares = reading.shares
        self._shares.append(tuple([shares.get(task, 0.0) for task in TASKS]))
        for name, p in reading.heads.items():
            self._heads.setdefault(name, {})[at] = p
        self._conversations.append(facts.conversation or 0)
        self._plain.append(
            (
                NAN if facts.difficulty is None else facts.difficulty,
                NAN if facts.confidence is None else facts.confidence,
                reading.low,
                reading.high,
                reading.low_usual,
                reading.high_usual,
                reading.output_factor,
                NAN if previous is None else previous.age_s,
                reading.beyond,
            )
        )
        self._whole.append(
            (
                self._profile(seen),
                (facts.now - EPOCH) // _MICROSECOND,
                facts.input_tokens,
                -1 if facts.max_output_tokens is None else facts.max_output_tokens,
                0 if previous is None else previous.cached_tokens,
            )
        )

    def _profile(self, seen: Seen) -> int:
        key = _key(seen)
        found = self._profiles.get(key)
        if found is None:
            found = self._profiles[key] = len(self._kept)
            self._kept.append(blank(seen))
        return found

    def built(self) -> Columns:
        """All of them."""
        count = len(self._whole)
        plain = np.array(self._plain, np.float64).reshape(count, 9)
        whole = np.array(self._whole, np.int64).reshape(count, 5)
        names = tuple(sorted(self._heads))
        heads = np.full((count, len(names)), np.nan)
        for column, name in enumerate(names):
            given = self._heads[name]
            heads[list(given), column] = list(given.values())
        return Columns(
            tuple(self._kept),
            names,
            profile=whole[:, 0].copy(),
            now_us=whole[:, 1].copy(),
            difficulty=plain[:, 0].copy(),
            confidence=plain[:, 1].copy(),
            input_tokens=whole[:, 2].copy(),
            max_output=whole[:, 3].copy(),
            shares=np.array(self._shares, np.float64).reshape(count, len(TASKS)),
            low=plain[:, 2].copy(),
            high=plain[:, 3].copy(),
            low_usual=plain[:, 4].copy(),
            high_usual=plain[:, 5].copy(),
            factor=plain[:, 6].copy(),
            beyond=plain[:, 8].copy(),
            heads=heads,
            age_s=plain[:, 7].copy(),
            cached=whole[:, 4].copy(),
            conversation=np.array(self._conversations, np.uint64),
        )


def columns_of(requests: Iterable[Seen]) -> Columns:
    """The columns of some requests."""
    builder = ColumnsBuilder()
    for one in requests:
        builder.add(one)
    return builder.built()


def joined(parts: Sequence[Columns]) -> Columns:
    """One after the other, at least one."""
    names = tuple(sorted({name for part in parts for name in part.head_names}))
    numbers: dict[tuple[object, ...], int] = {}
    kept: list[Profile] = []
    profiles = []
    for part in parts:
        own = [numbers.setdefault(_key(profile), len(numbers)) for profile in part.profiles]
        kept += [profile for profile, n in zip(part.profiles, own, strict=True) if n >= len(kept)]
        profiles.append(np.array(own, np.int64)[part.profile])
    heads = [np.full((len(part), len(names)), np.nan) for part in parts]
    for part, wide in zip(parts, heads, strict=True):
        wide[:, [names.index(name) for name in part.head_names]] = part.heads
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ARRAYS
        if name not in ("profile", "heads")
    }
    return Columns(
        tuple(kept), names, profile=np.concatenate(profiles), heads=np.concatenate(heads), **arrays
    )


def narrowed(columns: Columns, tags: Set[str] | None) -> Columns:
    """With only these tags kept (None: all): tags that nobody reads may differ with every request, and would
    make a profile of each."""
    if tags is None:
        return columns
    numbers: dict[tuple[object, ...], int] = {}
    kept: list[Profile] = []
    own = []
    for profile in columns.profiles:
        read = {name: text for name, text in profile.facts.tags.items() if name in tags}
        narrow = replace(profile, facts=replace(profile.facts, tags=read)) if profile.facts.tags else profile
        number = numbers.setdefault(_key(narrow), len(kept))
        if number == len(kept):
            kept.append(narrow)
        own.append(number)
    return replace(columns, profiles=tuple(kept), profile=np.array(own, np.int64)[columns.profile])
