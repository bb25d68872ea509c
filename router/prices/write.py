"""The price book's text with new prices in it: the old row ends, its successor stands below it.

History is never edited: whatever was in force stays, with its comments, and gets an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from router.domain.money import PICO_PER_USD, PicoUSD
from router.policy.price_document import PricePart
from router.policy.yamldoc import SourceDocument
from router.policy.yamledit import CannotEdit, Entry, applied, lines_of
from router.policy.yamledit import Change as Edit
from router.prices.book import FIELDS, agreed, listed
from router.prices.compare import Change, merged
from router.prices.offer import PLAIN, Fields, Holds, Rates


@dataclass(frozen=True, slots=True)
class Update:
    """New list prices of one model from `start` on. `index` is the row that ends; None: there is none.
    `source` is the note for whoever audits the ledger, `checked` the day of the look."""

    model: str
    index: int | None
    changes: Sequence[Change]
    start: datetime
    source: str
    checked: date


def edited(
    text: str, document: SourceDocument, rows: Sequence[PricePart], updates: Sequence[Update], version: str
) -> str:
    """`text` with the updates in it and the book's new version. Raises CannotEdit."""
    lines = lines_of(text)
    if not updates:
        return text
    spec = Entry(document, ("spec",), lines)
    start, end, indent = spec.field("version")
    edits = [Edit(start, end, [f'{indent}version: "{version}"\n'])]
    dash = _dash(Entry(document, ("spec", "prices", len(rows) - 1), lines))
    for update in updates:
        row = None if update.index is None else rows[update.index]
        block = _block(update, row, dash)
        at = len(rows) - 1 if update.index is None else update.index
        entry = Entry(document, ("spec", "prices", at), lines)
        if row is not None:
            edits.append(_ended(entry, row, update.start))
        end = entry.span()[1]
        edits.append(Edit(end, end, ["\n", *block]))
    return applied(lines, edits)


def _dash(entry: Entry) -> str:
    """The indent of the list's dashes. Raises CannotEdit for a list that is not written in lines."""
    line = entry.lines[entry.span()[0]]
    if not line.lstrip().startswith("- ") or line.lstrip().startswith("- {"):
        raise CannotEdit(f"line {entry.span()[0] + 1}: give each field of a price a line of its own")
    return line[: len(line) - len(line.lstrip())]


def _ended(entry: Entry, row: PricePart, end: datetime) -> Edit:
    if end <= row.valid_from:
        message = f"price of {row.model} is in force from {_moment(row.valid_from)} on"
        raise CannotEdit(f"{message}: its successor must start later; give --from")
    _dash(entry)
    _, after, indent = entry.field("valid_from")
    line = f"{indent}valid_to: {_moment(end)}\n"
    if row.valid_to is None:
        return Edit(after, after, [line])
    start, after, _ = entry.field("valid_to")
    return Edit(start, after, [line])


def _block(update: Update, row: PricePart | None, dash: str) -> list[str]:
    """The successor. Where a price was negotiated it stays, and only the list price beside it moves."""
    pad = dash + "  "
    old_list: Rates = {} if row is None else listed(row)
    new_list = merged(old_list, update.changes)
    negotiated = row is not None and row.listed is not None
    paid = agreed(row) if row is not None and negotiated else new_list
    lines = [f"{dash}- model: {update.model}\n"]
    lines += [f"{pad}{name}: {usd(name, price)}\n" for name, price in _ordered(paid[PLAIN])]
    if negotiated:
        lines.append(f"{pad}list: {{{_flow(new_list[PLAIN])}, source: {_quoted(update.source)}}}\n")
    variants = [holds for holds in paid if holds != PLAIN]
    if variants:
        lines.append(f"{pad}variants:\n")
        for holds in sorted(variants):
            beside = new_list[holds] if negotiated else None
            lines.append(f"{pad}  - {{{_variant(holds, paid[holds], beside, update.source)}}}\n")
    lines.append(f"{pad}valid_from: {_moment(update.start)}\n")
    if row is not None and row.valid_to is not None:
        lines.append(f"{pad}valid_to: {_moment(row.valid_to)}\n")
    lines.append(f"{pad}checked: {update.checked.isoformat()}\n")
    source = row.source if row is not None and negotiated else update.source
    lines.append(f"{pad}source: {_quoted(source)}\n")
    return lines


def _variant(holds: Holds, paid: Fields, beside: Fields | None, source: str) -> str:
    said = []
    if holds.service_tier:
        said.append(f"service_tier: {holds.service_tier}")
    if holds.input_above:
        said.append(f"input_above: {holds.input_above}")
    if holds.hours:
        start, _, end = holds.hours.partition("-")
        said.append(f'hours: {{from: "{start}", to: "{end}"}}')
    said.append(_flow(paid))
    if beside is not None and beside != paid:
        said.append(f"list: {{{_flow(beside)}, source: {_quoted(source)}}}")
    return ", ".join(said)


def _flow(fields: Fields) -> str:
    return ", ".join(f"{name}: {usd(name, price)}" for name, price in _ordered(fields))


def _ordered(fields: Fields) -> list[tuple[str, PicoUSD]]:
    return [(name, fields[name]) for name in FIELDS if name in fields]


def usd(field: str, price: PicoUSD) -> str:
    """As a price list writes it, per million tokens (per call: search): 1.25, 10.00, 0.0375."""
    value = Decimal(price).scaleb(-6) if field != "search" else Decimal(price) / PICO_PER_USD
    return f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z").replace("T00:00:00Z", "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
