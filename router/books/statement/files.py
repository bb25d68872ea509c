"""A statement as CSV and Parquet. Amounts are decimal US dollars, exact; `printed_usd` is in whole cents."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from router.books.months import name
from router.books.parquet import arrow_modules
from router.books.statement.build import Line, Statement
from router.books.statement.quality import Quality
from router.domain.money import PicoUSD, as_usd, exact_usd
from router.domain.teams import Team

Row = dict[str, Any]


def line_rows(statement: Statement, team: Team | None) -> list[Row]:
    """One row per line, of one team or of all."""
    state = _state(statement)
    return [{**state, **_line(line)} for line in statement.of(team)[0]]


def quality_rows(statement: Statement, team: Team | None) -> list[Row]:
    """One row per workload."""
    state = _state(statement)
    return [{**state, **_quality(one)} for one in statement.of(team)[1]]


def file_stem(month: date, team: str | None) -> str:
    """What the names of files begin with: `2026-11`, or `2026-11-search` for one team, by the name
    that tells it from others."""
    return name(month) if team is None else f"{name(month)}-{slug(team)}"


def slug(text: str) -> str:
    """A file name that no team's name can lead out of the folder."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text).lstrip(".") or "_"


def csv_text(rows: Sequence[Row]) -> str:
    """With a header; unknown is empty. Text that a spreadsheet would run gets an apostrophe before it."""
    made = io.StringIO(newline="")
    writer = csv.DictWriter(made, fieldnames=list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return made.getvalue()


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """`csv_text` in a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_text(rows))


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    """Decimals stay decimals. Raises NoParquet."""
    arrow, parquet = arrow_modules()
    parquet.write_table(arrow.Table.from_pylist(list(rows), schema=_schema(arrow, rows)), path)


def _schema(arrow: Any, rows: Sequence[Row]) -> Any:
    fields = []
    for column in rows[0] if rows else ():
        values = [row[column] for row in rows if row[column] is not None]
        kind = type(values[0]) if values else str
        types = {Decimal: arrow.decimal128(38, 12), bool: arrow.bool_(), int: arrow.int64()}
        fields.append(arrow.field(column, types.get(kind, arrow.string())))
    return arrow.schema(fields)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return exact_usd(PicoUSD(int(value.scaleb(12))))
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _state(statement: Statement) -> Row:
    closing = statement.closing
    return {
        "month": name(statement.month),
        "state": "open" if closing is None else "closed",
        "version": None if closing is None else closing.version,
        "digest": None if closing is None else closing.digest,
    }


def _line(line: Line) -> Row:
    row = asdict(line)
    cost, listed, printed = row.pop("cost_pico"), row.pop("list_pico"), row.pop("printed")
    return {
        **row,
        "allocated": line.workload is not None,
        "list_usd": None if listed is None else as_usd(PicoUSD(listed)),
        "cost_usd": as_usd(PicoUSD(cost)),
        "printed_usd": Decimal(printed).scaleb(-2),
    }


def _quality(one: Quality) -> Row:
    row = asdict(one)
    del row["baseline"]
    amounts = {what: row.pop(f"{what}_pico") for what in ("compared_cost", "baseline", "answers", "overhead")}
    bands = {"baseline": one.baseline, "gross_saving": one.gross, "net_saving": one.net}
    for what, band in bands.items():
        amounts |= {f"{what}_{end}": getattr(band, end) for end in ("low", "middle", "high")}
    return {**row, **{f"{what}_usd": as_usd(PicoUSD(amount)) for what, amount in amounts.items()}}
