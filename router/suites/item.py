"""One question of a suite, and the suite. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.domain.kinds import Task


class BadSuite(Exception):
    """A suite that cannot be run; the message says where it is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Item:
    """`body` is a chat completion request without model; `declared` what goes into its field `tiergate`.
    `note` says what the check is weaker than, "" if it is the benchmark's own."""

    id: str
    task: Task
    body: Mapping[str, Any]
    declared: Mapping[str, Any]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """`name` holds a digest of the questions: results of other questions are never counted together.
    `benchmark` is the name that scores are published under, None: none. `skipped` counts questions that have
    no check, by reason."""

    name: str
    items: Sequence[Item]
    benchmark: str | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)
