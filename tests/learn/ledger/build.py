"""Ledgers with outcomes whose truth is known: a model of given ability on requests of given difficulty."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from router.domain.ability import logit, sigmoid
from router.domain.kinds import Task
from router.domain.records import AttemptRecord, RequestRecord
from router.domain.success import curve_without_reading
from router.learn.bundles import Bundles
from router.learn.ledger_evidence import Window
from router.learn.refit_run import Choices
from router.policy.ability.document import LEARNED_FILE
from router.record.lines import as_done
from router.record.write import LedgerWriter
from tests.record.rows import attempt, new_id, request

NOW_US = 1_800_000_000_000_000
NOW = datetime.fromtimestamp(NOW_US // 1_000_000, UTC)
DAY_US = 86_400_000_000
PAST_US = 1_760_000_000_000_000
"""Long before any clock that a command may run by."""
Rows = tuple[RequestRecord, list[AttemptRecord]]


def row(model: str, passed: bool, **changes: Any) -> Rows:
    """One request with one checked attempt; `changes` are the request's, `simulated` both's."""
    id_ = new_id()
    simulated = changes.get("simulated", False)
    verdict = "passed" if passed else "failed"
    tried = attempt(id_, model=model, verdict=verdict, simulated=simulated)
    return request(id_, model=model, started_us=NOW_US - DAY_US, **changes), [tried]


def traffic(
    model: str, ability: float, difficulties: Iterable[float], seed: int = 0, task: Task = Task.MATH
) -> list[Rows]:
    """Outcomes as the gateway's own curve draws them."""
    rng = random.Random(seed)
    rows = []
    for difficulty in difficulties:
        p = sigmoid(curve_without_reading(task, difficulty).at(logit(ability)))
        rows.append(row(model, rng.random() < p, task=str(task), difficulty=difficulty))
    return rows


def fill(engine: Engine, rows: Iterable[Rows]) -> None:
    """Books the rows as the shipper does."""
    refused = LedgerWriter(engine).insert([as_done(one, tried) for one, tried in rows])
    assert not refused


def bundles(folder: Any, data: Path) -> Bundles:
    """Of a test's policy folder and data folder."""
    return Bundles(folder.path, data / LEARNED_FILE, folder.env, NOW)


def choices(**changes: Any) -> Choices:
    """The command's defaults."""
    base: dict[str, Any] = {
        "window": Window(0, NOW_US),
        "half_life_days": None,
        "min_outcomes": 50,
        "min_held_back": 20,
        "hold_back": 0.2,
        "tolerance": 0.01,
        "seed": 0,
        "command": "tiergate learn",
    }
    return Choices(**{**base, **changes})
