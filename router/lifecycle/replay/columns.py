"""The facts of many requests as arrays. What has few values (who asks, for what, needing what) is a profile,
kept once; what differs with every request is a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from router.domain.facts import Facts
from router.domain.kinds import DataClass, Task, VerifierName
from router.domain.load import Load
from router.domain.policy import Rule
from router.domain.reading import Reading

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Units = npt.NDArray[np.uint64]

TASKS = tuple(Task)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Profile:
    """What many requests share. Of `facts` the parts that are columns are blank; the rest as in `Seen`."""

    facts: Facts
    unhealthy: frozenset[str]
    asked_class: DataClass | None
    seen_class: DataClass | None
    stream: bool
    checks: frozenset[VerifierName] | None
    unaffordable: frozenset[str] = frozenset()
    loads: tuple[tuple[str, Load], ...] = ()

    def applying(self, rule: Rule) -> frozenset[VerifierName] | None:
        """The checks that count for the rule, as the pipeline would find them; None where none is made
        before the reply, or which ones apply was not recorded."""
        if self.checks is None or not rule.checks_before(stream=self.stream):
            return None
        wanted = rule.checks.verifiers
        return self.checks & wanted if wanted else self.checks

    def under(self, default: DataClass) -> Facts:
        """The facts with the data class that a policy with this default gives them."""
        found = self.asked_class or default
        if self.seen_class is not None and self.seen_class.rank > found.rank:
            found = self.seen_class
        return _labelled(self.facts, found)


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays of one length, one entry a request. NaN and -1 stand for None.

    `now_us` Unix microseconds; `shares` requests x TASKS, 0 without a reading; `low`, `high`, `low_usual`,
    `high_usual`, `factor`, `beyond` the reading's; `heads` requests x `head_names`; `age_s`, `cached` of the
    previous turn, which the profile names; `conversation` the 64 bits that name one, where the profile has
    any."""

    profiles: Sequence[Profile]
    head_names: tuple[str, ...]
    profile: Ints
    now_us: Ints
    difficulty: Floats
    confidence: Floats
    input_tokens: Ints
    max_output: Ints
    shares: Floats
    low: Floats
    high: Floats
    low_usual: Floats
    high_usual: Floats
    factor: Floats
    beyond: Floats
    heads: Floats
    age_s: Floats
    cached: Ints
    conversation: Units

    def __len__(self) -> int:
        return len(self.profile)

    def part(self, chosen: slice | Ints | Bools) -> Columns:
        """Some of the requests, with all profiles."""
        arrays = {name: getattr(self, name)[chosen] for name in ARRAYS}
        return Columns(self.profiles, self.head_names, **arrays)

    def facts(self, at: int, default: DataClass) -> Facts:
        """Request `at` as `decide` takes it."""
        base = self.profiles[self.profile[at]].under(default)
        previous = base.previous
        found: Facts = replace(
            base,
            difficulty=_known(self.difficulty[at]),
            confidence=_known(self.confidence[at]),
            input_tokens=int(self.input_tokens[at]),
            max_output_tokens=None if self.max_output[at] < 0 else int(self.max_output[at]),
            now=EPOCH + timedelta(microseconds=int(self.now_us[at])),
            reading=self._reading(at) if base.reading is not None else None,
            previous=None
            if previous is None
            else replace(previous, age_s=float(self.age_s[at]), cached_tokens=int(self.cached[at])),
            conversation=None if base.conversation is None else int(self.conversation[at]),
        )
        return found

    def _reading(self, at: int) -> Reading:
        heads = zip(self.head_names, self.heads[at].tolist(), strict=True)
        return Reading(
            {task: s for task, s in zip(TASKS, self.shares[at].tolist(), strict=True) if s},
            float(self.low[at]),
            float(self.high[at]),
            float(self.low_usual[at]),
            float(self.high_usual[at]),
            float(self.factor[at]),
            {name: p for name, p in heads if p == p},
            beyond=float(self.beyond[at]),
        )


ARRAYS = tuple(name for name in Columns.__dataclass_fields__ if name not in ("profiles", "head_names"))
NO_READING = Reading({}, 0.0, 0.0, 0.0, 0.0, 1.0, {})
NAN = float("nan")


def _labelled(facts: Facts, data_class: DataClass) -> Facts:
    labelled: Facts = facts if facts.data_class is data_class else replace(facts, data_class=data_class)
    return labelled


def _known(number: np.float64) -> float | None:
    return None if np.isnan(number) else float(number)
