"""Which check may be counted on for a model's answer to a request, and if none, why not. Pure.

A check counts when it applies to the request, when somebody has measured how often it is wrong, and when
enough of this model's answers to this task have met it. Whatever is missing is said, never assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from router.domain.acceptance import FEWEST, ErrorRates
from router.domain.cascade import Check
from router.domain.catalog import Model
from router.domain.kinds import Task, VerifierName

Rates = Mapping[VerifierName, ErrorRates]


def credited(model: Model, task: Task | None, applying: Set[VerifierName], rates: Rates) -> Check | str:
    """The check that turns down most wrong answers, or why none counts."""
    if task is None:
        return "the task is not known"
    measured = [(name, rates[name]) for name in applying if name in rates and rates[name].hold_for(task)]
    if not measured:
        return f"nobody has measured how often {_listed(applying)} is wrong on {task}"
    found = [check for name, known in measured if (check := _check(model, task, name, known))]
    if found:
        return max(found, key=lambda check: (check.caught, check.verifier))
    seen = ", ".join(f"{name} {_n(model, task, name)}" for name, _ in sorted(measured))
    return f"too few checked {task} answers of {model.name}, {FEWEST} are needed: {seen}"


def _check(model: Model, task: Task, name: VerifierName, known: ErrorRates) -> Check | None:
    seen = model.acceptance.get((task, name))
    if seen is None or not seen.known():
        return None
    return Check(name, seen.coverage, known.false_accept, known.false_reject)


def _n(model: Model, task: Task, name: VerifierName) -> int:
    seen = model.acceptance.get((task, name))
    return 0 if seen is None else seen.n


def _listed(names: Set[VerifierName]) -> str:
    return " or ".join(sorted(names)) or "any check"
