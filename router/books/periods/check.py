"""What has to be true before a month may be closed, each with what was found and what would make it right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from router.books.focus.providers import Providers
from router.books.months import microseconds, month_of, name
from router.books.periods.calendar import Calendar, calendar, known_months
from router.books.periods.journal import journal_state
from router.books.periods.lines import is_adjustment, lines
from router.books.reconcile.store import issuers, results
from router.books.rollups.facts import CHARGES, Sums
from router.books.rollups.meters import ATTEMPTS, CORRECTION, UNKNOWN
from router.books.rollups.roll import waiting
from router.domain.money import PicoUSD, format_usd

ACCEPTABLE = ("journal", "quarantine", "invoices")
"""Findings that a person may accept by name; the closing keeps that they were."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`blocks`: the month cannot be closed unless this is accepted, or put right."""

    name: str
    blocks: bool
    text: str


def check(
    connection: Connection, month: date, data_dir: Path, now_us: int, providers: Providers | None = None
) -> list[Finding]:
    """All that is to be said before `month` is closed, in a fixed order. Raises SQLAlchemyError, OSError."""
    known = calendar(connection)
    end_us = microseconds(month_of(month, 1))
    return [
        *_order(connection, known, month, now_us),
        *_rolled(connection, end_us),
        *_journal(connection, data_dir, end_us),
        *_money(lines(connection, CHARGES, month), month),
        *_invoices(connection, month, providers or Providers()),
    ]


def _order(connection: Connection, known: Calendar, month: date, now_us: int) -> list[Finding]:
    closing = known.closing_of(month)
    if closing is not None:
        return [Finding("open", True, f"{name(month)} is closed already (version {closing.version})")]
    if known.settled(month):
        text = f"{name(month)} is before the first closed month: its rows are adjustments of an open one"
        return [Finding("open", True, text)]
    found = []
    if now_us < microseconds(month_of(month, 1)):
        found.append(Finding("over", True, f"{name(month)} is not over yet (months are UTC)"))
    earlier = [m for m in known_months(connection) if m < month and not known.settled(m)]
    if earlier:
        text = f"months are closed in order: close {name(earlier[0])} first"
        found.append(Finding("order", True, text))
    return found


def _rolled(connection: Connection, end_us: int) -> list[Finding]:
    hours = waiting(connection, end_us)
    if not hours:
        return []
    return [
        Finding("rolled", True, f"{hours:,} hours changed since they were rolled up: tiergate books roll")
    ]


def _journal(connection: Connection, data_dir: Path, end_us: int) -> list[Finding]:
    state = journal_state(connection, data_dir, end_us)
    found = []
    if state.not_shipped or state.unsettled:
        text = (
            f"this machine's journal holds {state.not_shipped:,} requests of the month that are not in the "
            f"ledger and {state.unsettled:,} without an end: start the gateway, its shipper books them"
        )
        found.append(Finding("journal", True, text))
    else:
        found.append(Finding("journal", False, "this machine's journal is in the ledger; look at others'"))
    if state.quarantined:
        text = f"{state.quarantined:,} journal lines could not be booked: see quarantine.jsonl"
        found.append(Finding("quarantine", True, text))
    return found


def _money(found: Sums, month: date) -> list[Finding]:
    unknown = corrections = late = simulated = 0
    for key, (quantity, cost, _) in found.items():
        line = dict(zip(("day", *CHARGES.keys), key, strict=True))
        if line["meter"] == ATTEMPTS and line["cost_state"] in UNKNOWN:
            unknown += quantity or 0
        corrections += line["meter"] == CORRECTION and bool(cost)
        late += is_adjustment(line["day"], month)
        simulated += line["simulated"]
    noted = []
    if unknown:
        text = f"{unknown:,} attempts of unknown cost are in no total; the statement lists them"
        noted.append(Finding("unknown_costs", False, text))
    if corrections:
        noted.append(Finding("corrections", False, f"{corrections:,} lines of corrections are booked"))
    if late:
        noted.append(Finding("adjustments", False, f"{late:,} lines adjust months that were closed before"))
    if simulated:
        noted.append(
            Finding("simulated", False, "simulated endpoints answered: part of this is no real money")
        )
    return noted


def _invoices(connection: Connection, month: date, providers: Providers) -> list[Finding]:
    """Every issuer of real invoices is reconciled, or somebody says that it is not."""
    known = results(connection, month)
    missing = [issuer for issuer in issuers(connection, month, providers) if issuer not in known]
    found = []
    for issuer, result in known.items():
        unexplained = format_usd(PicoUSD(result.causes["unexplained"]), 2)
        variance = format_usd(PicoUSD(result.invoice - result.ledger), 2)
        text = f"{issuer}: invoice - ledger {variance}, of which unexplained {unexplained} ({result.file})"
        found.append(Finding("invoices", False, text))
    if missing:
        text = f"not reconciled: {', '.join(missing)} (tiergate reconcile, or --accept invoices)"
        found.append(Finding("invoices", True, text))
    return found
