"""Sums of money and of tokens in SQL, exact at any size.

Each is two sums: SQLite refuses one beyond 64 bits, and that is only 9.2 million USD.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, func

_HALF = 10**9


def summed(
    name: str, amount: ColumnElement[Any], only: ColumnElement[bool] | None = None
) -> list[ColumnElement[Any]]:
    """The columns of the sum of `amount`, over the rows that meet `only`; `whole` reads them under `name`."""
    high, low = func.sum(amount // _HALF), func.sum(amount % _HALF)
    if only is None:
        return [high.label(f"{name}_high"), low.label(f"{name}_low")]
    return [high.filter(only).label(f"{name}_high"), low.filter(only).label(f"{name}_low")]


def whole(row: Row[Any], name: str) -> int | None:
    """The exact sum called `name` in `row`; None where nothing was known. PostgreSQL hands out NUMERIC."""
    high, low = row._mapping[f"{name}_high"], row._mapping[f"{name}_low"]
    return None if high is None or low is None else int(high) * _HALF + int(low)
