"""The outcomes of some hours, from the ledger's requests and all that came after them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from router.books.rollups.facts import OUTCOMES, Hours, Key, Sums, add
from router.books.rollups.requests import (
    BASELINE,
    BASELINE_OUTPUT,
    COST,
    HOUR,
    JOINED,
    JUDGED,
    JUDGING,
    KNOWN,
    PAID,
    REPORTED,
    STATE,
    VERDICT,
    WITHIN,
    integer,
)
from router.books.rollups.tags import KeptTags
from router.domain.savings import MICRO
from router.record.tables import requests

_R = requests.c


def outcomes_of(connection: Connection, hours: Hours, tags: KeptTags) -> Sums:
    """By hour and the keys of `facts.OUTCOMES`, for requests that started within the hours."""
    sums: Sums = {}
    width = len(OUTCOMES.keys)
    for hour, *row in connection.execute(_GROUPED, hours.bounds):
        add(sums, (hour, *_key(row[:width], tags)), [int(n or 0) for n in row[width:]])
    return sums


def _key(values: Any, tags: KeptTags) -> Key:
    """The keys of an outcome, from the columns of `_GROUP`."""
    found = dict(zip(OUTCOMES.keys, values, strict=True))
    found["tags"] = tags.of(found["tags"])
    found["simulated"] = bool(found["simulated"])
    found["holdout"] = None if found["holdout"] is None else bool(found["holdout"])
    return tuple(found.values())


def _group() -> tuple[ColumnElement[Any], ...]:
    made = {"verdict": VERDICT, "cost_state": STATE}
    return tuple(made[name].label(name) if name in made else _R[name] for name in OUTCOMES.keys)


def _measures() -> dict[str, ColumnElement[Any]]:
    """By name; see `facts.py` for what they mean."""
    compared = and_(KNOWN, _R.baseline_pico.is_not(None))
    answer, retries, escalations = PAID.c.answer, PAID.c.retries, PAID.c.escalations
    micro = integer(COST) // MICRO
    # Sums over no row are NULL, and so is a sum with one: what is missing of a request counts as nothing.
    return {
        "requests": func.count(),
        "attempts": func.sum(_R.attempts),
        "cost_pico": _sum_if(KNOWN, COST),
        "compared": _sum_if(compared, 1),
        "compared_cost_pico": _sum_if(compared, COST),
        "baseline_pico": _sum_if(compared, BASELINE),
        "input_tokens": func.sum(_R.uncached_input + _R.cache_read + _R.cache_write),
        "output_tokens": func.sum(_R.output),
        "timed": func.count(_R.duration_us),
        "duration_us": func.sum(_R.duration_us),
        "reported": func.count(REPORTED.c.good),
        "reported_good": func.sum(REPORTED.c.good),
        "reported_cost_pico": _sum_if(and_(KNOWN, REPORTED.c.good.is_not(None)), COST),
        "judged": func.count(JUDGED.c.good),
        "judged_good": func.sum(JUDGED.c.good),
        "judged_cost_pico": _sum_if(and_(KNOWN, JUDGED.c.good.is_not(None)), COST),
        "cost_squares": _sum_if(and_(KNOWN, _R.holdout.is_not(None)), micro * micro),
        "baseline_output": _sum_if(compared, func.coalesce(_R.baseline_output, 0)),
        "baseline_output_pico": _sum_if(compared, BASELINE_OUTPUT),
        "answers_pico": _sum_if(compared, answer),
        "retries_pico": _sum_if(compared, retries),
        "escalations_pico": _sum_if(compared, escalations),
        "unanswered_pico": _sum_if(~compared, answer + retries + escalations),
        "judges_pico": func.sum(JUDGING),
    }


def _sum_if(condition: ColumnElement[bool], amount: Any) -> ColumnElement[Any]:
    return func.sum(case((condition, amount), else_=0))


_GROUP = _group()
_MEASURED = _measures()
_GROUPED = (
    select(HOUR, *_GROUP, *(_MEASURED[name] for name in OUTCOMES.measures))
    .select_from(JOINED)
    .where(WITHIN)
    .group_by(HOUR, *_GROUP)
)
