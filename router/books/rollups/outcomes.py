"""The outcomes of one hour, from the ledger's requests, the verdicts after their replies, and feedback."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select

from router.books.rollups.facts import OUTCOMES, Sums, add
from router.books.rollups.tags import KeptTags
from router.domain.kinds import Verdict
from router.record.book_tables import HOUR_US
from router.record.tables import feedback, requests, verdicts

_R, _V, _F = requests.c, verdicts.c, feedback.c
_GOOD_SCORE = 0.5
_REPORTED = OUTCOMES.measures.index("reported")
_DECIDED = (Verdict.PASSED.value, Verdict.FAILED.value)


def outcomes_of(connection: Connection, hour_us: int, tags: KeptTags) -> Sums:
    """By the keys of `facts.OUTCOMES`, for requests that started within the hour."""
    hour = {"start": hour_us, "end": hour_us + HOUR_US}
    sums: Sums = {}
    width = len(OUTCOMES.keys)
    for row in connection.execute(_GROUPED, hour):
        add(sums, key_of_request(row[:width], tags), [int(n or 0) for n in row[width:]])
    for key, good in _in_force(connection, hour, tags):
        measures = [0] * len(OUTCOMES.measures)
        measures[_REPORTED], measures[_REPORTED + 1] = 1, int(good)
        add(sums, key, measures)
    return sums


def _keys(failed: ColumnElement[Any], passed: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    verdict = case(
        (_R.verdict.in_(_DECIDED), _R.verdict),
        (failed == 1, Verdict.FAILED.value),
        (passed == 1, Verdict.PASSED.value),
        else_=_R.verdict,
    )
    columns = [verdict.label("verdict") if name == "verdict" else _R[name] for name in OUTCOMES.keys]
    return tuple(columns)


def key_of_request(values: Any, tags: KeptTags) -> tuple[Any, ...]:
    """The keys of an outcome, from the columns of `GROUP`."""
    found = dict(zip(OUTCOMES.keys, values, strict=True))
    found["tags"] = tags.of(found["tags"])
    found["simulated"] = bool(found["simulated"])
    found["holdout"] = None if found["holdout"] is None else bool(found["holdout"])
    return tuple(found.values())


def _measures() -> list[ColumnElement[Any]]:
    compared = and_(_R.cost_pico.is_not(None), _R.baseline_pico.is_not(None))
    return [
        func.count(),
        func.sum(_R.attempts),
        func.sum(_R.cost_pico),
        func.sum(case((compared, 1), else_=0)),
        func.sum(case((compared, _R.cost_pico), else_=0)),
        func.sum(case((compared, _R.baseline_pico), else_=0)),
        func.sum(_R.uncached_input + _R.cache_read + _R.cache_write),
        func.sum(_R.output),
        func.count(_R.duration_us),
        func.sum(_R.duration_us),
        func.sum(0),
        func.sum(0),
    ]


def _ever(verdict: Verdict) -> ColumnElement[int]:
    return func.max(case((_V.verdict == verdict.value, 1), else_=0))


def _in_force(
    connection: Connection, hour: dict[str, int], tags: KeptTags
) -> list[tuple[tuple[Any, ...], bool]]:
    """The latest report of each key on each answer; those that only comment say nothing of good or bad."""
    latest: dict[tuple[str, str], tuple[tuple[Any, ...], bool]] = {}
    for request_id, key_id, score, thumb, *values in connection.execute(_REPORTS, hour):
        good = score >= _GOOD_SCORE if score is not None else thumb == "up"
        latest[request_id, key_id] = (key_of_request(values, tags), good)
    return list(latest.values())


WITHIN = and_(_R.started_us >= bindparam("start"), _R.started_us < bindparam("end"))
_CHECKED = (
    select(_V.request_id, _ever(Verdict.FAILED).label("failed"), _ever(Verdict.PASSED).label("passed"))
    .join_from(requests, verdicts, and_(_V.request_id == _R.id, _V.n == _R.answered_n))
    .where(WITHIN)
    .group_by(_V.request_id)
    .subquery("checked")
)
GROUP = _keys(_CHECKED.c.failed, _CHECKED.c.passed)
JOINED = requests.outerjoin(_CHECKED, _CHECKED.c.request_id == _R.id)
_GROUPED = select(*GROUP, *_measures()).select_from(JOINED).where(WITHIN).group_by(*GROUP)
_REPORTS = (
    select(_R.id, _F.key_id, _F.score, _F.thumb, *GROUP)
    .select_from(JOINED.join(feedback, _F.request_id == _R.id))
    .where(WITHIN, or_(_F.score.is_not(None), _F.thumb.is_not(None)))
    .order_by(_F.created_us, _F.version)
)
