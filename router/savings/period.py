"""Which requests a figure is about, by which groups, and which of them can be compared with a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, literal, or_, select

from router.record.tables import corrections, requests

By = Literal["all", "team", "project", "workload", "tier", "day"]
_C, _R = corrections.c, requests.c


@dataclass(frozen=True, slots=True)
class Period:
    """Requests that started in [first, end), Unix microseconds."""

    first_us: int
    end_us: int

    @property
    def holds(self) -> ColumnElement[bool]:
        return and_(_R.started_us >= self.first_us, _R.started_us < self.end_us)


def grouped(by: By) -> ColumnElement[Any]:
    return literal("all") if by == "all" else _R[by]


def resolved() -> Any:
    """Requests whose cost became known by a correction."""
    return select(_C.request_id).where(_C.request_resolves.is_(True))


def is_compared() -> ColumnElement[bool]:
    known = or_(_R.cost_pico.is_not(None), _R.id.in_(resolved()))
    return and_(_R.baseline_pico.is_not(None), known)


def routed() -> ColumnElement[bool]:
    return or_(_R.holdout.is_(None), _R.holdout.is_(False))
