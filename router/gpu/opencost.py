"""Hourly bills from an OpenCost allocation export in CSV, in place of a declared rate."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path

from router.domain.money import PICO_PER_USD
from router.policy.problems import Problem

_NAMES = {
    "name": ("name", "endpoint", "deployment", "controller", "pod"),
    "start": ("start", "window start", "windowstart"),
    "end": ("end", "window end", "windowend"),
    "cost": ("totalcost", "total cost", "gpucost", "gpu cost"),
}
"""What OpenCost and Kubecost call the columns, in the order in which they are looked for; any case."""
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Export:
    """Bills in pico-USD by endpoint and hour (Unix microseconds); `others` are names of no endpoint."""

    bills: dict[tuple[str, int], int] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def read_export(file: Path, endpoints: Mapping[str, str]) -> Export:
    """The bills of `endpoints` (endpoint by OpenCost's name). Rows of one endpoint and hour are added up.

    OpenCost writes binary floats; each is rounded to a pico-dollar once. Raises OSError."""
    export = Export()
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.reader(lines)
        columns = _columns(next(rows, []))
        if isinstance(columns, str):
            export.problems.append(Problem(str(file), 1, columns))
            return export
        for number, row in enumerate(rows, 2):
            problem = _add(export, endpoints, columns, row) if row else None
            if problem is not None:
                export.problems.append(Problem(str(file), number, problem))
    return export


def _columns(head: list[str]) -> dict[str, int] | str:
    """Where the columns stand, or what is missing."""
    known = {name.strip().lower(): place for place, name in enumerate(head)}
    found = {}
    for column, names in _NAMES.items():
        place = next((known[name] for name in names if name in known), None)
        if place is None and column != "end":
            return f"no column for {column}: one of {', '.join(names)} is needed"
        if place is not None:
            found[column] = place
    return found


def _add(
    export: Export, endpoints: Mapping[str, str], columns: Mapping[str, int], row: list[str]
) -> str | None:
    """Adds a row; what is wrong with it, or None."""
    if len(row) <= max(columns.values()):
        return f"{len(row)} columns instead of {max(columns.values()) + 1} or more"
    endpoint = endpoints.get(row[columns["name"]])
    if endpoint is None:
        export.others.add(row[columns["name"]])
        return None
    try:
        start = _moment(row[columns["start"]])
        end = _moment(row[columns["end"]]) if "end" in columns else start + _HOUR
        cost = Decimal(row[columns["cost"]])
    except (ValueError, InvalidOperation):
        return "start and end must be times such as 2026-11-01T10:00:00Z, the cost a number"
    if start.minute or start.second or start.microsecond or end - start != _HOUR:
        return "a window must be one full hour: export with step=1h"
    if not cost.is_finite() or cost < 0:
        return "the cost must be finite and not negative"
    key = endpoint, int(start.timestamp()) * 1_000_000
    pico = int((cost * PICO_PER_USD).to_integral_value(ROUND_HALF_EVEN))
    export.bills[key] = export.bills.get(key, 0) + pico
    return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
