"""Runs of corrections over the ledger: what is found is written page by page, and a second run finds nothing.

A run that ends half-way leaves whole pages: run again, it goes on with what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from router.clock import utc
from router.corrections.amend import Stamp, amended, correction, differs, rerated
from router.corrections.beside_store import Prices, append_beside, baselines, judging
from router.corrections.store import PAGE, Held, Key, append, held, keys
from router.domain.catalog import Catalog
from router.domain.corrections import CorrectionRecord
from router.domain.prices import PriceBook
from router.domain.records import AttemptRecord
from router.domain.usage import Usage
from router.record.tables import requests

_TRIES = 5
Amend = Callable[[Held, AttemptRecord], AttemptRecord | None]
"""An attempt as it ought to be; None: as it is."""
Note = Callable[[Connection], None]
"""Told of a run, in the transaction of its first corrections."""


@dataclass(slots=True)
class Line:
    """What changed for one model and pair of prices; pico-USD."""

    attempts: int = 0
    delta: int = 0
    delta_list: int = 0


@dataclass(slots=True)
class Report:
    """What a run found. `lines` by model, old and new price id; `unpriced` attempts have no price in the book
    either. `judging` counts calls, `baselines` requests; a baseline is compared with, and paid by nobody.
    `noted`: the run's `Note` was told."""

    requests: int = 0
    attempts: int = 0
    unpriced: int = 0
    noted: bool = False
    lines: dict[tuple[str, str | None, str | None], Line] = field(default_factory=dict)
    judging: Line = field(default_factory=Line)
    baselines: Line = field(default_factory=Line)

    @property
    def corrections(self) -> int:
        """Of attempts, of calls for judging, and of baselines."""
        beside = self.judging.attempts + self.baselines.attempts
        return sum(line.attempts for line in self.lines.values()) + beside

    @property
    def delta(self) -> int:
        """Of what is paid: attempts and judging."""
        return sum(line.delta for line in self.lines.values()) + self.judging.delta

    def add(self, model: str, row: CorrectionRecord) -> None:
        line = self.lines.setdefault((model, row.old_price_id, row.new_price_id), Line())
        line.attempts += 1
        line.delta += row.delta_pico
        line.delta_list += row.delta_list_pico


def rerate(
    engine: Engine,
    book: PriceBook,
    first_us: int,
    end_us: int,
    stamp: Stamp,
    *,
    dry_run: bool,
    note: Note | None = None,
    catalog: Catalog | None = None,
) -> Report:
    """Prices every attempt, every call for judging and the baseline of the requests that started in
    [first, end) by `book` as it is now. `catalog` says at which endpoints a baseline is priced.

    An attempt is priced as it was when its request started. What is unpriced by the book stays as it is
    booked, and is counted.
    """
    report = Report()

    def amend(request: Held, attempt: AttemptRecord) -> AttemptRecord | None:
        price = book.find(attempt.model, attempt.endpoint, utc(request.started_us))
        found = rerated(attempt, price)
        report.unpriced += found is None and attempt.cost_pico is None and attempt.uncached_input is not None
        return found

    after: Key | None = None
    while True:
        with engine.connect() as connection:
            page = keys(connection, first_us, end_us, after)
        if not page:
            return report
        told = None if dry_run else note
        _correct(engine, page, amend, stamp, report, told, dry_run=dry_run)
        _correct_beside(engine, page, Prices(book, catalog), stamp, report, told, dry_run=dry_run)
        after = page[-1]


def late_usage(
    engine: Engine,
    book: PriceBook,
    usages: Mapping[tuple[str, int], Usage],
    stamp: Stamp,
    *,
    dry_run: bool,
    note: Note | None = None,
) -> Report:
    """Books what providers reported after requests had ended, by request and attempt, at `book`'s prices.

    A usage that leaves its attempt unpriced is counted and not booked."""
    report = Report()

    def amend(request: Held, attempt: AttemptRecord) -> AttemptRecord | None:
        usage = usages.get((attempt.request_id, attempt.n))
        if usage is None:
            return None
        price = book.find(attempt.model, attempt.endpoint, utc(request.started_us))
        found = amended(attempt, usage, price)
        report.unpriced += found is None
        return found

    ids = list(dict.fromkeys(request_id for request_id, _ in usages))
    for first in range(0, len(ids), PAGE):
        with engine.connect() as connection:
            page = _starts(connection, ids[first : first + PAGE])
        _correct(engine, page, amend, stamp, report, None if dry_run else note, dry_run=dry_run)
    return report


def _starts(connection: Connection, ids: Iterable[str]) -> list[Key]:
    query = select(requests.c.started_us, requests.c.id).where(requests.c.id.in_(list(ids)))
    return [(row.started_us, row.id) for row in connection.execute(query)]


def _correct(
    engine: Engine,
    page: Sequence[Key],
    amend: Amend,
    stamp: Stamp,
    report: Report,
    note: Note | None,
    *,
    dry_run: bool,
) -> None:
    """One page in one transaction, again from its start when another run came in between."""
    for tries_left in reversed(range(_TRIES)):
        before = report.unpriced
        try:
            with engine.begin() as connection:
                found = list(held(connection, page))
                rows = [made for request in found for made in _corrections(request, amend, stamp)]
                if not dry_run:
                    append(connection, [row for _, row in rows])
                if rows and note is not None and not report.noted:
                    note(connection)
        except IntegrityError:
            report.unpriced = before
            if not tries_left:
                raise
            continue
        report.noted = report.noted or bool(rows)
        report.requests += len(page)
        report.attempts += sum(len(request.attempts) for request in found)
        for model, row in rows:
            report.add(model, row)
        return


def _correct_beside(
    engine: Engine,
    page: Sequence[Key],
    prices: Prices,
    stamp: Stamp,
    report: Report,
    note: Note | None,
    *,
    dry_run: bool,
) -> None:
    """What stands beside the requests of a page; in a transaction of its own."""
    starts = {request_id: started_us for started_us, request_id in page}
    for tries_left in reversed(range(_TRIES)):
        try:
            with engine.begin() as connection:
                judged = list(judging(connection, starts, prices, stamp))
                rebased = list(baselines(connection, list(starts), prices, stamp))
                if not dry_run:
                    append_beside(connection, judged, rebased)
                if (judged or rebased) and note is not None and not report.noted:
                    note(connection)
        except IntegrityError:
            if not tries_left:
                raise
            continue
        report.noted = report.noted or bool(judged or rebased)
        for line, rows in ((report.judging, judged), (report.baselines, rebased)):
            line.attempts += len(rows)
            line.delta += sum(row.delta_pico for row in rows)
        return


def _corrections(request: Held, amend: Amend, stamp: Stamp) -> Iterable[tuple[str, CorrectionRecord]]:
    """Each attempt in turn: the request's own total moves with every one of them."""
    attempts = list(request.attempts)
    for place, attempt in enumerate(request.attempts):
        after = amend(request, attempt)
        if after is not None and differs(attempt, after):
            seq = request.corrections.get(attempt.n, 0) + 1
            yield attempt.model, correction(stamp, seq, attempts, after)
            attempts[place] = after
