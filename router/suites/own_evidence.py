"""What this machine's ledger knows of the models from all their requests, to stand beside a scorecard."""

from __future__ import annotations

import time
from collections.abc import Collection

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from router.domain.acceptance import FEWEST, Acceptance
from router.domain.interval import wilson
from router.domain.kinds import Task, VerifierName
from router.learn.ledger_acceptance import acceptance
from router.learn.ledger_evidence import Window

_Z95 = 1.96


def own_evidence(
    engine: Engine, models: Collection[str], tasks: Collection[Task], *, simulated: bool
) -> list[str]:
    """A line per model, task and verifier with verdicts on such tasks; none if the ledger cannot be read."""
    window = Window(0, time.time_ns() // 1000, simulated)
    try:
        found = acceptance(engine, window)
    except SQLAlchemyError:
        return []
    return [
        _line(model, task, verifier, one)
        for (model, task, verifier), one in found.items()
        if model in models and task in tasks and one.decided
    ]


def _line(model: str, task: Task, verifier: VerifierName, one: Acceptance) -> str:
    told = f"own evidence, all requests: {model}, {task} by {verifier}: "
    if not one.known():
        return f"{told}{one.n} answers, too few: {FEWEST} say something"
    low, high = wilson(one.passed, one.decided, _Z95)
    return f"{told}{one.passed} of {one.decided} passed, {100 * low:.0f}-{100 * high:.0f}% (95%)"
