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

_DATED = re.compile(r"[-@ ]?(\d{4}-\d{2}-\d{2}|\d{8})$")


class BadInvoice(ValueError):
    """`file:line: what is wrong`."""


@dataclass(slots=True)
class Side:
    """One day and model, of the invoice or of the ledger. `amount` in pico-USD; None: the file has no money.
    `tokens` by direction, empty: the file has none, or not those of every line. `lines`: how many were added
    up."""

    amount: int | None = None
    tokens: dict[str, int] = field(default_factory=dict)
    lines: int = 0


Sides = dict[tuple[str, str], Side]
"""By day (`2026-11-03`, UTC) and model, in our names."""


def read_invoice(path: Path, form: Format, month: date) -> tuple[Sides, int]:
    """The lines of `month`, and how many lines were of another month. Raises BadInvoice, OSError."""
    found: Sides = {}
    uncounted: set[tuple[str, str]] = set()
    others = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restval="")
        names = _Names(form, reader.fieldnames or [], path)
        for row in reader:
            try:
                if names.nothing(row):
                    continue
                day = _day(row[names.day])
                if month_of(date.fromisoformat(day)) != month:
                    others += 1
                    continue
                where = (day, our_name(names.stated(row), form))
                if not _add(found.setdefault(where, Side()), row, names, form):
                    uncounted.add(where)
            except (ValueError, InvalidOperation, TypeError) as error:
                raise BadInvoice(f"{path}:{reader.line_num}: {error}") from error
    for where in uncounted:
        found[where].tokens.clear()
    return found, others


class _Names:
    """The columns that are there. Raises BadInvoice when one that is needed is not."""

    def __init__(self, form: Format, header: object, path: Path) -> None:
        there = list(header) if isinstance(header, list) else []
        day, self.model = _first(form.day, there), _first(form.model, there)
        self.item, self.amount = _first(form.line_item, there), _first(form.amount, there)
        self.quantity, self.currency = _first(form.quantity, there), _first(form.currency, there)
        self.tokens = {d: [n for n in names if n in there] for d, names in form.tokens.items()}
        if day is None:
            raise BadInvoice(f"{path}:1: no column for the day; looked for {', '.join(form.day)}")
        if self.model is None and self.item is None:
            looked = ", ".join((*form.model, *form.line_item))
            raise BadInvoice(f"{path}:1: no column for the model; looked for {looked}")
        if self.amount is None and not any(self.tokens.values()):
            raise BadInvoice(f"{path}:1: neither amounts nor tokens; the columns are {', '.join(there)}")
        self.day = day

    def nothing(self, row: Mapping[str, str]) -> bool:
        """Whether the line says only that there is a day: exports have one where nothing was used."""
        counted = [name for names in self.tokens.values() for name in names]
        said = (self.model, self.item, self.amount, *counted)
        return not any((row[name] or "").strip() for name in said if name is not None)

    def stated(self, row: Mapping[str, str]) -> str:
        """The model as the line has it. Raises ValueError."""
        item = row[self.item or ""] if self.model is None else ""
        text = row[self.model] if self.model else item.rpartition(",")[0] or item
        if not text.strip():
            column = self.model or self.item
            raise ValueError(f"the line names no model: export the file grouped, so that {column} is filled")
        return text


def _first(names: Sequence[str], there: Sequence[str]) -> str | None:
    return next((name for name in names if name in there), None)


def _add(side: Side, row: Mapping[str, str], names: _Names, form: Format) -> bool:
    """Adds a line; False where the line's tokens are not known."""
    side.lines += 1
    if names.currency is not None and row[names.currency].strip().upper() not in ("USD", ""):
        raise ValueError(f"{row[names.currency]!r} is not USD: convert the file first")
    if names.amount is not None:
        side.amount = (side.amount or 0) + _pico(row[names.amount])
    if names.model is None:
        return _add_item(side, row, names, form)
    for direction, columns in names.tokens.items():
        if columns:
            count = sum(_count(row[column]) for column in columns)
            side.tokens[direction] = side.tokens.get(direction, 0) + count
            if direction in ("cache_read", "cache_write") and form.includes_cached:
                side.tokens["uncached_input"] = side.tokens.get("uncached_input", 0) - count
    return True


def _add_item(side: Side, row: Mapping[str, str], names: _Names, form: Format) -> bool:
    """The same where one column names model and direction."""
    direction = form.items.get(row[names.item or ""].rpartition(",")[2].strip())
    if direction is None or names.quantity is None or not row[names.quantity].strip():
        return False
    side.tokens[direction] = side.tokens.get(direction, 0) + _count(row[names.quantity])
    return True


def our_name(stated: str, form: Format) -> str:
    """By the format's map, else without a date at the end."""
    text = stated.strip()
    bare = _DATED.sub("", text)
    if form.display_names and " " in bare and text not in form.models and bare not in form.models:
        return re.sub(r"[ .]+", "-", bare.lower())
    return form.models.get(text) or form.models.get(bare) or bare


def _count(text: str) -> int:
    """Whole tokens; some exports write them as `59200.0`."""
    number = Decimal(text.replace(",", "").strip() or "0")
    if not number.is_finite() or number != number.to_integral_value():
        raise ValueError(f"{text!r} is not a number of tokens")
    return int(number)


def _pico(text: str) -> int:
    amount = Decimal(text.replace("$", "").replace(",", "").strip() or "0").scaleb(12)
    if not amount.is_finite():
        raise ValueError(f"{text!r} is not an amount")
    return int(amount.to_integral_value())


def _day(text: str) -> str:
    if text.strip().isdigit():
        return datetime.fromtimestamp(int(text), UTC).date().isoformat()
    return date.fromisoformat(text.strip()[:10]).isoformat()
