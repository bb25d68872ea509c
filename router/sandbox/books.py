"""The demo's look into the ledger: are all rows there, and what do they add up to.

Every figure comes from the ledger's rows of this run, joined with the runner's own checks of the answers.
Money stays in integer pico-USD; a sum with an unknown part is unknown.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, Row, Table, select
from sqlalchemy.exc import SQLAlchemyError

from router.domain.money import PicoUSD
from router.domain.percentile import percentile
from router.record.tables import attempts, requests
from router.sandbox.traffic import Sent

_POLL_S: Final = 0.2
_BATCH: Final = 400
LedgerRow = Row[Any]


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger's rows of this run: requests by id, attempts by request id in order."""

    requests: Mapping[str, LedgerRow]
    attempts: Mapping[str, Sequence[LedgerRow]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: all requests that one tier answered, or all there were. Times in seconds.

    `right` of `checked` answers passed their check.
    """

    tier: str | None
    simulated: bool
    requests: int
    p50_s: float | None
    p95_s: float | None
    output_tokens: int | None
    cost: PicoUSD | None
    checked: int
    right: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The report. `baseline`: had the declared baseline models answered everything that was answered."""

    tiers: tuple[Line, ...]
    total: Line
    baseline: PicoUSD | None
    baseline_models: tuple[str, ...]
    unknown_costs: int
    attempts: int
    repeated: int
    refused_as_expected: int
    refused_otherwise: int
    price_books: tuple[str, ...]


async def read_books(engine: Engine, sent: Iterable[Sent], timeout_s: float) -> Books:
    """The rows of this run; waits up to `timeout_s` for those still on their way from the journal."""
    wanted = {t.request_id for s in sent for t in s.tries if t.request_id is not None}
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        try:
            books = await asyncio.to_thread(_read, engine, sorted(wanted))
        except SQLAlchemyError:
            if asyncio.get_running_loop().time() > deadline:
                raise
        else:
            if wanted <= books.requests.keys() or asyncio.get_running_loop().time() > deadline:
                return books
        await asyncio.sleep(_POLL_S)


def _read(engine: Engine, ids: Sequence[str]) -> Books:
    found: dict[str, LedgerRow] = {}
    by_request: dict[str, list[LedgerRow]] = {}
    with engine.connect() as connection:
        for start in range(0, len(ids), _BATCH):
            part = ids[start : start + _BATCH]
            for row in connection.execute(_rows(requests, "id", part)):
                found[row.id] = row
            for row in connection.execute(_rows(attempts, "request_id", part).order_by(attempts.c.n)):
                by_request.setdefault(row.request_id, []).append(row)
    return Books(found, by_request)


def _rows(table: Table, column: str, ids: Sequence[str]) -> Any:
    return select(table).where(table.c[column].in_(ids))


def row_problems(sent: Iterable[Sent], books: Books) -> list[str]:
    """Where the ledger does not hold exactly the rows that the replies call for."""
    problems = []
    for result in sent:
        for attempt in result.tries:
            what = f"{result.prompt.id} ({attempt.request_id})"
            row = books.requests.get(attempt.request_id or "")
            if attempt.request_id is None:
                problems.append(f"{result.prompt.id}: no request id came back: {attempt.error}")
            elif row is None:
                problems.append(f"{what}: no row in the ledger")
            else:
                problems += [
                    f"{what}: {text}" for text in _mismatches(attempt.status, attempt.tier, row, books)
                ]
    return problems


def _mismatches(status: int | None, tier: str | None, row: LedgerRow, books: Books) -> list[str]:
    numbers = [a.n for a in books.attempts.get(row.id, ())]
    found = []
    if numbers != list(range(1, row.attempts + 1)):
        found.append(f"attempt rows {numbers}, the request row says {row.attempts}")
    if status is not None and status != row.http_status:
        found.append(f"status {status} was answered, the row says {row.http_status}")
    if status == 200 and tier != row.tier:
        found.append(f"tier {tier} was answered, the row says {row.tier}")
    return found


def figures(sent: Sequence[Sent], books: Books, tier_order: Sequence[str]) -> Figures:
    """The report of a run; requests without a ledger row are left out of it."""
    pairs = [(s, books.requests[i]) for s in sent if (i := s.last.request_id or "") in books.requests]
    answered = [(s, row) for s, row in pairs if s.last.answer is not None]
    rows = list(books.requests.values())
    lines = []
    for tier in tier_order:
        mine = [(s, row) for s, row in answered if row.tier == tier]
        tried = (attempt for _, row in mine for attempt in books.attempts.get(row.id, ()))
        simulated = any(attempt.simulated and attempt.tier == tier for attempt in tried)
        lines.append(_line(tier, simulated, mine, [row.cost_pico for _, row in mine]))
    refused = [s for s in sent if s.last.answer is None]
    expected = sum(s.as_expected for s in refused)
    return Figures(
        tiers=tuple(lines),
        total=_line(None, any(r.simulated for r in rows), answered, [row.cost_pico for row in rows]),
        baseline=_sum(row.baseline_pico for _, row in answered),
        baseline_models=tuple(sorted({row.baseline_model for _, row in answered if row.baseline_model})),
        unknown_costs=sum(row.cost_pico is None for row in rows),
        attempts=sum(row.attempts for row in rows),
        repeated=sum(len(s.tries) - 1 for s in sent),
        refused_as_expected=expected,
        refused_otherwise=len(refused) - expected,
        price_books=tuple(sorted({row.price_book for row in rows})),
    )


def _line(
    tier: str | None, simulated: bool, pairs: Sequence[tuple[Sent, LedgerRow]], costs: Sequence[int | None]
) -> Line:
    seconds = sorted(row.duration_us / 1e6 for _, row in pairs)
    verdicts = Counter(s.passed for s, _ in pairs)
    return Line(
        tier=tier,
        simulated=simulated,
        requests=len(pairs),
        p50_s=percentile(seconds, 0.50),
        p95_s=percentile(seconds, 0.95),
        output_tokens=_sum(row.output for _, row in pairs),
        cost=_sum(costs),
        checked=verdicts[True] + verdicts[False],
        right=verdicts[True],
    )


def _sum(values: Iterable[int | None]) -> PicoUSD | None:
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return PicoUSD(total)
