"""How often a check passes answers, and how often it is wrong about them. Pure.

Three things that are kept apart: what a verifier said of a model's answers (`Acceptance`, counted in the
ledger), how often a verifier is mistaken (`ErrorRates`, measured on answers whose truth is known), and what
follows for one request (`router/domain/cascade.py`). Fewer than `FEWEST` answers are unknown, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from router.domain.kinds import Task

FEWEST = 30
"""Checked answers of one model, task and verifier below which nothing is said of them: the 95% interval of
a share is then wider than 0.3."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Verdicts of one verifier on the answers of one model to one task. `unverified` are answers that it
    applied to and could not decide."""

    passed: int = 0
    failed: int = 0
    unverified: int = 0

    @property
    def n(self) -> int:
        return self.passed + self.failed + self.unverified

    @property
    def decided(self) -> int:
        return self.passed + self.failed

    def known(self, fewest: int = FEWEST) -> bool:
        """Whether there are enough answers to say anything."""
        return self.n >= fewest

    @property
    def coverage(self) -> float:
        """Share (0..1) of the answers that it decided, with half an answer added to either side."""
        return (self.decided + 0.5) / (self.n + 1.0)


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """How often a verifier that decides is wrong, 0..1 each: `false_accept` is P(passed | wrong answer),
    `false_reject` P(failed | right answer). `source` says where that was measured. `tasks`: those on which
    passing it means being right; empty: all."""

    false_accept: float
    false_reject: float
    source: str
    tasks: frozenset[Task] = frozenset()

    def hold_for(self, task: Task) -> bool:
        """Whether they say something of answers to this task."""
        return not self.tasks or task in self.tasks
