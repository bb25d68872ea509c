"""FOCUS rows as CSV (UTF-8, null is empty, no exponents, a point in every decimal) or Parquet (decimals and
timestamps as such)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from router.books.focus.columns import Column
from router.books.focus.rows import Row
from router.books.parquet import arrow_modules


def write_csv(path: Path, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Every column of the version, in order. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        writer.writerows([_text(column, row.get(column.name)) for column in columns] for row in rows)


def write_parquet(path: Path, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Raises NoParquet, OSError."""
    arrow, parquet = arrow_modules()
    kinds = {
        "decimal": arrow.decimal128(38, 12),
        "datetime": arrow.timestamp("us", tz="UTC"),
        "string": arrow.string(),
        "json": arrow.string(),
    }
    schema = arrow.schema([arrow.field(c.name, kinds[c.kind], nullable=c.nullable) for c in columns])
    data = [[_value(column, row.get(column.name)) for row in rows] for column in columns]
    parquet.write_table(arrow.Table.from_arrays(
        [arrow.array(values, field.type) for values, field in zip(data, schema, strict=True)], schema=schema
    ), path)  # fmt: skip


def _text(column: Column, value: Any) -> str:
    """A decimal always has a point: readers tell a column's type by its values, and of whole numbers alone
    they make integers."""
    if value is None:
        return ""
    if column.kind != "decimal":
        return str(value)
    shown = format(Decimal(value), "f")
    return shown if "." in shown else f"{shown}.0"


def _value(column: Column, value: Any) -> Any:
    if value is not None and column.kind == "datetime":
        return datetime.fromisoformat(value)
    return value
