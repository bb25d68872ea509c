"""Checked outcomes out of the ledger: attempts whose answer passed or failed, what their request was like.

An answer counts whether it was checked before the reply or after it. Rows stream: whatever the ledger's size,
one page is in memory. Attempts without a verdict of either kind tell nothing of an ability and are left out,
as are those of a simulated endpoint unless asked for. Must not weigh, fit or judge: `refit` and `held_back`
do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import ColumnElement, Engine, Select, case, exists, literal, null, select

from router.domain.kinds import Task, Verdict, VerifierName
from router.domain.reading import Reading
from router.domain.success import FLAT, Curve, Mix, curve_of, curve_without_reading
from router.domain.value import value
from router.record.tables import attempts, requests, verdicts

_PAGE = 2_000
_TASKS: Mapping[str, Task] = {str(task): task for task in Task}
_CHECKED = (Verdict.PASSED.value, Verdict.FAILED.value)
_HASH_BYTES, _HASH_RANGE = 8, 2.0**64


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows count: requests started in [since_us, until_us), Unix microseconds."""

    since_us: int
    until_us: int
    simulated: bool = False


@value
class Checked:
    """One checked answer. `curve` says how much harder than usual its request was, `mix` is its task mix."""

    request_id: str
    started_us: int
    model: str
    task: Task
    mix: Mix
    curve: Curve
    right: bool


class _Reading(BaseModel):
    """The reading as a trace keeps it, see `router/decision_trace.py`."""

    model_config = ConfigDict(frozen=True)
    shares: Mapping[Task, float]
    low: float
    high: float
    low_usual: float
    high_usual: float
    beyond: float = 1.0


def checked_outcomes(engine: Engine, window: Window) -> Iterator[Checked]:
    """Every checked answer of the window, in no stated order. Raises SQLAlchemyError."""
    with engine.connect().execution_options(yield_per=_PAGE) as connection:
        for id_, started_us, task_name, difficulty, trace, model, verdict in connection.execute(
            _query(window)
        ):
            task = _TASKS.get(task_name)
            if task is None:
                continue
            mix, curve = _seen(task, difficulty, trace)
            yield Checked(id_, started_us, model, task, mix, curve, verdict == Verdict.PASSED)


def is_held_back(request_id: str, share: float) -> bool:
    """Whether a request is one of the `share` (0..1) that nothing is ever fitted on: the first 64 bits of the
    SHA-256 of its id, as a fraction, are below `share`. The same in every run, so that no version in
    force has seen the requests on which its successor is compared with it."""
    first = int.from_bytes(hashlib.sha256(request_id.encode()).digest()[:_HASH_BYTES], "big")
    return first < share * _HASH_RANGE


def known_verdict() -> ColumnElement[str]:
    """`passed`, `failed` or null: what is known of an attempt's answer by now. What was known when it was
    settled, else what late checks found: one `failed` fails it, else one `passed` passes it."""

    def late(verdict: Verdict) -> ColumnElement[bool]:
        return exists().where(
            verdicts.c.request_id == attempts.c.request_id,
            verdicts.c.n == attempts.c.n,
            verdicts.c.verdict == verdict.value,
            verdicts.c.verifier.in_([str(name) for name in VerifierName]),
        )

    settled = attempts.c.verdict
    return case(
        (settled.in_(_CHECKED), settled),
        (settled.is_(None), null()),
        (late(Verdict.FAILED), literal(Verdict.FAILED.value)),
        (late(Verdict.PASSED), literal(Verdict.PASSED.value)),
    )


def _query(window: Window) -> Select[str, int, str, float | None, str, str, str]:
    columns = (requests.c.id, requests.c.started_us, requests.c.task, requests.c.difficulty, requests.c.trace)
    verdict = known_verdict().label("known")
    query = (
        select(*columns, attempts.c.model, verdict)
        .join(requests, requests.c.id == attempts.c.request_id)
        .where(
            requests.c.started_us >= window.since_us,
            requests.c.started_us < window.until_us,
            requests.c.task.is_not(None),
            verdict.is_not(None),
        )
    )
    return query if window.simulated else query.where(attempts.c.simulated.is_(False))


def _seen(task: Task, difficulty: float | None, trace: str) -> tuple[Mix, Curve]:
    """What the decision saw of the request: its reading where the trace has one, else task and difficulty."""
    reading = _reading(trace) if '"reading"' in trace else None
    if reading is not None:
        return tuple(reading.shares.items()), curve_of(reading)
    mix: Mix = ((task, 1.0),)
    return mix, FLAT if difficulty is None else curve_without_reading(task, difficulty)


def _reading(trace: str) -> Reading | None:
    """None where a trace of another version has another form: task and difficulty still count."""
    try:
        signals = orjson.loads(trace)["signals"]
        found = _Reading.model_validate(signals["reading"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValidationError):
        return None
    if not found.shares:
        return None
    return Reading(
        found.shares, found.low, found.high, found.low_usual, found.high_usual, 1.0, {}, beyond=found.beyond
    )
