"""Freezes a month, and opens it again. Everything or nothing, one at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select, update

from router.books.bulk import insert_rows
from router.books.focus.providers import Providers
from router.books.months import name
from router.books.periods.calendar import Closing, calendar
from router.books.periods.check import ACCEPTABLE, Finding, check
from router.books.periods.digest import FORM, digest
from router.books.periods.lengths import as_text, lengths_of_month
from router.books.periods.lines import FROZEN, lines
from router.books.rollups.facts import CHARGES, OUTCOMES, Sums, stored
from router.books.rollups.roll import books_transaction
from router.record.book_tables import periods


class NotClosed(ValueError):
    """The month was left open. `findings` say why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.text for finding in findings))
        self.findings = findings


class NotReopened(ValueError):
    """The month was left as it is."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who did something, when (Unix microseconds). `note` is told of it in the same transaction."""

    name: str
    at_us: int
    note: Callable[[Connection, Closing], None] | None = None


def close(
    engine: Engine,
    month: date,
    data_dir: Path,
    who: Who,
    accepted: Collection[str] = (),
    providers: Providers | None = None,
) -> tuple[Closing, list[Finding]]:
    """Freezes `month`. Raises NotClosed, SQLAlchemyError, OSError. `accepted`: findings of `ACCEPTABLE`."""
    with engine.connect() as connection, books_transaction(connection):
        findings = check(connection, month, data_dir, who.at_us, providers)
        blocking = blocked(findings, accepted)
        if blocking:
            raise NotClosed(blocking)
        frozen = {fact.day.name: lines(connection, fact, month) for fact in (CHARGES, OUTCOMES)}
        closing = _book(connection, month, who, frozen, _kept(findings, accepted))
        for fact in (CHARGES, OUTCOMES):
            columns = ("closing_id", "day", *fact.columns)
            rows = [(closing.id, *row) for row in stored(frozen[fact.day.name])]
            insert_rows(connection, FROZEN[fact.day.name], columns, rows)
        if who.note is not None:
            who.note(connection, closing)
    return closing, findings


def blocked(findings: Collection[Finding], accepted: Collection[str]) -> list[Finding]:
    """Those that keep a month open."""
    return [f for f in findings if f.blocks and not (f.name in accepted and f.name in ACCEPTABLE)]


def reopen(engine: Engine, month: date, who: Who, because: str) -> Closing:
    """Ends the closing in force; what it froze stays for the record. Raises NotReopened, SQLAlchemyError."""
    if not because.strip():
        raise NotReopened("say why: an auditor will ask")
    with engine.connect() as connection, books_transaction(connection):
        known = calendar(connection)
        closing = known.closing_of(month)
        if closing is None:
            raise NotReopened(f"{name(month)} is not closed")
        last = known.last_closed
        if last is not None and last.id != closing.id:
            raise NotReopened(
                f"{last.period} is closed after it and has taken over what came late: reopen it first"
            )
        connection.execute(
            update(periods)
            .where(periods.c.id == closing.id)
            .values(reopened_us=who.at_us, reopened_by=who.name, reopened_because=because.strip())
        )
        if who.note is not None:
            who.note(connection, closing)
    return closing


def altered(connection: Connection, closing: Closing, month: date) -> bool:
    """Whether what is stored of a closing in force is not what was frozen."""
    frozen = {fact.day.name: lines(connection, fact, month) for fact in (CHARGES, OUTCOMES)}
    head = (closing.period, closing.version, closing.previous_digest)
    return digest(head, closing.form, frozen, closing.lengths) != closing.digest


def _book(connection: Connection, month: date, who: Who, frozen: Mapping[str, Sums], checks: str) -> Closing:
    known = calendar(connection)
    version = 1 + sum(closing.period == name(month) for closing in known.closings)
    last = known.closings[-1].digest if known.closings else None
    lengths = as_text(lengths_of_month(connection, month, None))
    values = {
        "period": name(month),
        "version": version,
        "form": FORM,
        "lengths": lengths,
        "closed_us": who.at_us,
        "closed_by": who.name,
        "digest": digest((name(month), version, last), FORM, frozen, lengths),
        "previous_digest": last,
        "checks": checks,
    }
    connection.execute(insert(periods).values(values))
    query = select(periods).where(periods.c.period == name(month), periods.c.version == version)
    return Closing(*connection.execute(query).one())


def _kept(findings: Collection[Finding], accepted: Collection[str]) -> str:
    """What was found, as the closing remembers it."""
    return json.dumps(
        [{"name": f.name, "text": f.text, "accepted": f.blocks and f.name in accepted} for f in findings]
    )
