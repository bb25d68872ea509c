"""IFEval: our checks beside Google's own, as packaged in lm-eval; and detection beside IFEval's labels.

The other implementation is no dependency: VERIFY.md says how to lay it out in a folder for this measurement.
"""

from __future__ import annotations

import gzip
import importlib
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from router.verify.constraints.check import Constraint, check_constraint, constraint
from router.verify.constraints.detect import detect
from router.verify.constraints.outcome import Doubt
from tests.bench.verify.ifeval_texts import made_for
from tests.bench.verify.stats import share

_PACKAGE = "lm_eval.tasks.ifeval"


@dataclass
class Agreement:
    """Of one kind: answers both call followed or not followed, doubts of ours, and differences."""

    followed: int = 0
    not_followed: int = 0
    doubts: int = 0
    false_accepts: list[str] = field(default_factory=list)
    false_rejects: list[str] = field(default_factory=list)

    def row(self, name: str) -> list[str]:
        wrong, right = self.not_followed + len(self.false_accepts), self.followed + len(self.false_rejects)
        return [
            name,
            str(wrong + right),
            share(len(self.false_accepts), wrong),
            share(len(self.false_rejects), right),
            str(self.doubts),
        ]


def prompts(data: Path) -> list[dict[str, Any]]:
    """IFEval's rows."""
    with gzip.open(data / "benchmarks" / "ifeval.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def against_oracle(rows: list[dict[str, Any]], oracle: Path, seed: int = 3) -> dict[str, Agreement]:
    """Every instruction of every row, on answers made for it and on three prompts taken as answers."""
    registry = _load(oracle).INSTRUCTION_DICT
    rng = random.Random(seed)
    found: dict[str, Agreement] = {}
    for row in rows:
        for name, kwargs in _instructions(row):
            theirs = registry[name](name)
            theirs.build_description(**kwargs)
            ours = constraint(name, kwargs)
            # Their checker replaces a "letter" that is none by one at random.
            if name == "keywords:letter_frequency" and not kwargs["letter"].isalpha():
                continue
            answers = [*made_for(name, kwargs), *(one["prompt"] for one in rng.sample(rows, 3))]
            for answer in answers:
                if answer.strip():
                    _compare(
                        found.setdefault(name, Agreement()),
                        ours,
                        bool(theirs.check_following(answer)),
                        answer,
                    )
    return found


def detection(rows: list[dict[str, Any]]) -> tuple[dict[str, Counter[str]], list[str]]:
    """Counts of right, wrong and missed finds by kind, and each find that has no label."""
    counts: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    for row in rows:
        labels = {_key(constraint(name, kwargs)) for name, kwargs in _instructions(row)}
        found = {_key(one) for one in detect(row["prompt"])}
        for name, _ in labels | found:
            counts.setdefault(name, Counter())
        for one in found:
            counts[one[0]]["right" if one in labels else "wrong"] += 1
        for one in labels - found:
            counts[one[0]]["missed"] += 1
        wrong += [f"{one}: {row['prompt'][:300]!r}" for one in found - labels]
    return counts, wrong


def _compare(found: Agreement, ours: Constraint, followed: bool, answer: str) -> None:
    outcome = check_constraint(answer, ours)
    if isinstance(outcome, Doubt):
        found.doubts += 1
    elif (outcome is None) == followed:
        found.followed += followed
        found.not_followed += not followed
    else:
        kind = found.false_accepts if outcome is None else found.false_rejects
        kind.append(f"{ours.arguments}: {outcome}: {answer[:100]!r}")


def _instructions(row: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True):
        yield name, {key: one for key, one in kwargs.items() if one is not None}


def _key(one: Constraint) -> tuple[str, tuple[Any, ...]]:
    """A constraint without case and order: both say the same."""
    plain = tuple(
        (
            name,
            tuple(sorted(word.lower() for word in given))
            if isinstance(given, tuple)
            else str(given).lower().strip(),
        )
        for name, given in one.arguments
    )
    return one.id, plain


def _load(oracle: Path) -> Any:
    """lm-eval's registry without lm-eval itself, whose imports need a hundred packages."""
    sys.path.append(str(oracle))
    folder = oracle.joinpath(*_PACKAGE.split("."))
    name = ""
    for part in _PACKAGE.split("."):
        name = f"{name}.{part}".strip(".")
        package = ModuleType(name)
        package.__path__ = [str(folder)] if name == _PACKAGE else []
        sys.modules[name] = package
    importlib.import_module("langdetect").DetectorFactory.seed = 0
    return importlib.import_module(f"{_PACKAGE}.instructions_registry")
