"""The ledger's side of a reconciliation, and results kept for the close."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, insert, select

from router.books.focus.providers import Providers
from router.books.months import name
from router.books.periods.lines import lines
from router.books.reconcile.compare import Variance, by_cause
from router.books.reconcile.invoice import Side, Sides
from router.books.rollups.facts import CHARGES
from router.domain.rates import DIRECTIONS
from router.domain.units import Unit
from router.record.book_tables import reconciliations

Costs = dict[tuple[str, str], dict[str, int]]
_DIRECTION = {**{d: d for d in DIRECTIONS}, **{unit.value: unit.part_of for unit in Unit}}


@dataclass(frozen=True, slots=True)
class Result:
    """One reconciliation as the close shows it; pico-USD."""

    issuer: str
    file: str
    ledger: int
    invoice: int
    causes: Mapping[str, int]


def ledger_sides(
    connection: Connection, month: date, issuer: str, providers: Providers
) -> tuple[Sides, Costs]:
    """What `issuer` should have billed for usage of the month, late rows of earlier months left out."""
    sides: defaultdict[tuple[str, str], Side] = defaultdict(lambda: Side(0))
    costs: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for key, (quantity, cost, _) in lines(connection, CHARGES, month).items():
        line = dict(zip(("day", *CHARGES.keys), key, strict=True))
        seller = providers.of(line["organisation"], line["tier"], line["model"], line["endpoint"])
        if seller.issuer != issuer or seller.self_hosted or line["day"] < month.isoformat():
            continue
        where = (line["day"], line["model"])
        sides[where].amount = (sides[where].amount or 0) + (cost or 0)
        direction = _DIRECTION.get(line["meter"])
        if direction is not None:
            tokens = sides[where].tokens
            tokens[direction] = tokens.get(direction, 0) + (quantity or 0)
            costs[where][direction] = costs[where].get(direction, 0) + (cost or 0)
    return dict(sides), dict(costs)


def issuers(connection: Connection, month: date, providers: Providers) -> list[str]:
    """Who sends an invoice for the month's real usage."""
    found = set()
    for key, (_, cost, _) in lines(connection, CHARGES, month).items():
        line = dict(zip(("day", *CHARGES.keys), key, strict=True))
        seller = providers.of(line["organisation"], line["tier"], line["model"], line["endpoint"])
        if cost and not seller.self_hosted and not line["simulated"]:
            found.add(seller.issuer)
    return sorted(found)


def keep(
    connection: Connection,
    month: date,
    result: Result,
    digest: str,
    who: tuple[str, int],
    rows: Sequence[Variance],
) -> None:
    """Adds a result; the latest of an issuer and month counts. `digest` of the file, `who` and when."""
    connection.execute(
        insert(reconciliations).values(
            period=name(month),
            issuer=result.issuer,
            file=result.file,
            file_digest=digest,
            made_by=who[0],
            made_us=who[1],
            ledger_pico=result.ledger,
            invoice_pico=result.invoice,
            causes=json.dumps(by_cause(list(rows))),
            variances=json.dumps([asdict(row) for row in rows]),
        )
    )


def results(connection: Connection, month: date) -> dict[str, Result]:
    """The latest of each issuer."""
    r = reconciliations.c
    query = select(r.issuer, r.file, r.ledger_pico, r.invoice_pico, r.causes)
    found = {}
    for row in connection.execute(query.where(r.period == name(month)).order_by(r.id)):
        found[row.issuer] = Result(*row[:4], json.loads(row.causes))
    return found
