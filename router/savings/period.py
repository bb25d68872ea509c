"""Which requests a figure is about: the time, the groups, and two conditions on sums of outcomes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_

from router.books.rollups.meters import UNKNOWN
from router.books.rollups.summed import By, Period

__all__ = ["By", "Period", "known", "routed"]


def routed(columns: Any) -> ColumnElement[bool]:
    """Not held out."""
    return or_(columns.holdout.is_(None), columns.holdout.is_(False))


def known(columns: Any) -> ColumnElement[bool]:
    """Of known cost, corrections included."""
    return columns.cost_state.notin_(UNKNOWN)  # type: ignore[no-any-return]
