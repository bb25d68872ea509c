"""Sums of money and tokens in SQL, exact at any size: SQLite refuses one beyond 64 bits, 9.2 million USD."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func

_HALF = 10**9


def halves(amount: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The two columns of a sum."""
    return func.sum(amount // _HALF), func.sum(amount % _HALF)


def whole(high: Any, low: Any) -> int:
    """The sum of its two columns, 0 of nothing; PostgreSQL hands out numeric, SQLite integers."""
    return int(high or 0) * _HALF + int(low or 0)
