"""A CSV export as amounts and tokens by day and model. What cannot be read is an error with its line."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from router.books.months import month_of
from router.books.reconcile.formats import Format

_DATED = re.compile(r"[-@]?(\d{4}-\d{2}-\d{2}|\d{8})$")


class BadInvoice(ValueError):
    """`file:line: what is wrong`."""


@dataclass(slots=True)
class Side:
    """One day and model, of the invoice or of the ledger. `amount` in pico-USD; None: the file has no money.
    `tokens` by direction, empty: the file has none. `lines`: how many were added up."""

    amount: int | None = None
    tokens: dict[str, int] = field(default_factory=dict)
    lines: int = 0


Sides = dict[tuple[str, str], Side]
"""By day (`2026-11-03`, UTC) and model, in our names."""


def read_invoice(path: Path, form: Format, month: date) -> tuple[Sides, int]:
    """The lines of `month`, and how many lines were of another month. Raises BadInvoice, OSError."""
    found: Sides = {}
    others = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = _Names(form, reader.fieldnames or [], path)
        for row in reader:
            try:
                day = _day(row[names.day])
                if month_of(date.fromisoformat(day)) != month:
                    others += 1
                    continue
                _add(found, day, row, names, form)
            except (ValueError, InvalidOperation, TypeError) as error:
                raise BadInvoice(f"{path}:{reader.line_num}: {error}") from error
    return found, others


class _Names:
    """The columns that are there. Raises BadInvoice when one that is needed is not."""

    def __init__(self, form: Format, header: object, path: Path) -> None:
        there = list(header) if isinstance(header, list) else []
        day, self.model = _first(form.day, there), _first(form.model, there)
        self.item, self.amount = _first(form.line_item, there), _first(form.amount, there)
        self.tokens = {d: [n for n in names if n in there] for d, names in form.tokens.items()}
        if day is None:
            raise BadInvoice(f"{path}:1: no column for the day; looked for {', '.join(form.day)}")
        if self.model is None and self.item is None:
            raise BadInvoice(f"{path}:1: no column for the model; looked for {', '.join(form.model)}")
        if self.amount is None and not any(self.tokens.values()):
            raise BadInvoice(f"{path}:1: neither amounts nor tokens; the columns are {', '.join(there)}")
        self.day = day


def _first(names: Sequence[str], there: Sequence[str]) -> str | None:
    return next((name for name in names if name in there), None)


def _add(found: Sides, day: str, row: Mapping[str, str], names: _Names, form: Format) -> None:
    stated = row[names.model] if names.model else row[names.item or ""].split(",")[0]
    side = found.setdefault((day, our_name(stated, form.models)), Side())
    side.lines += 1
    if names.amount is not None:
        side.amount = (side.amount or 0) + _pico(row[names.amount])
    for direction, columns in names.tokens.items():
        if columns:
            count = sum(int(row[column] or 0) for column in columns)
            side.tokens[direction] = side.tokens.get(direction, 0) + count
            if direction == "cache_read" and form.includes_cached:
                side.tokens["uncached_input"] = side.tokens.get("uncached_input", 0) - count


def our_name(stated: str, models: Mapping[str, str]) -> str:
    """By the map, else without a date at the end."""
    text = stated.strip()
    if not text:
        raise ValueError("the line names no model")
    return models.get(text) or models.get(_DATED.sub("", text)) or _DATED.sub("", text)


def _pico(text: str) -> int:
    amount = Decimal(text.replace("$", "").replace(",", "").strip() or "0").scaleb(12)
    if not amount.is_finite():
        raise ValueError(f"{text!r} is not an amount")
    return int(amount.to_integral_value())


def _day(text: str) -> str:
    if text.strip().isdigit():
        return datetime.fromtimestamp(int(text), UTC).date().isoformat()
    return date.fromisoformat(text.strip()[:10]).isoformat()
