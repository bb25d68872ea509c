"""One request's cost as arithmetic that a reader can redo: tokens × price, added up. Pure.

All amounts of the table have the same decimals, as many as the finest needs: exact, and easy to add up by
eye.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import text
from dashboard.html_tables import Cell, Column, html_table
from router.domain.arithmetic import Product, added, attempt_cost, products
from router.domain.kinds import CostState
from router.domain.records import AttemptRecord, RequestRecord

_AS_STORED = ", as stored"
_COLUMNS = (
    Column("Attempt, direction", figure=False, brief=True),
    Column("Tokens"),
    Column("× US$ per 1M"),
    Column("= US$, exact"),
)
_MILLION = 10**6
_BEFORE_COST = len(_COLUMNS) - 1
_COVERED = ("",) * (_BEFORE_COST - 1)
Line = list[Cell | str]


def arithmetic(request: RequestRecord, attempts: Sequence[AttemptRecord]) -> str:
    """Every billed direction of every attempt, the attempts' costs, and the request's: all exact.

    A stored cost that its lines do not make is an alarm, with the right one above it.
    """
    shown = [(attempt, _shown(attempt)) for attempt in attempts]
    every = [product for _, group in shown for product in group]
    price_places = text.exact_places(_per_million(product) for product in every)
    places = text.exact_places(
        [
            *(product.amount for product in every),
            *(attempt.cost_pico for attempt in attempts),
            request.cost_pico,
        ]
    )
    lines: list[Line] = []
    sums: list[int] = []
    for attempt, group in shown:
        lines.append(_heading(attempt))
        lines += _product_lines(group, price_places, places)
        if attempt_cost(attempt) != attempt.cost_pico:
            lines.append(_contradiction("What these lines make", attempt_cost(attempt), places))
        sums.append(len(lines))
        lines.append(_attempt_sum(attempt, bool(group), places))
    computed = added(attempt.cost_pico for attempt in attempts)
    if computed != request.cost_pico:
        lines.append(_contradiction("What the attempts make", computed, places))
    total = _request_sum(request, attempts, places)
    return html_table(_COLUMNS, lines, total, sums=sums)


def _shown(attempt: AttemptRecord) -> list[Product]:
    """The directions that had tokens, or may have had; none where nothing at all is known or was consumed."""
    found = products(attempt)
    if attempt.cost_state == CostState.FREE or all(product.tokens is None for product in found):
        return []
    return [product for product in found if product.tokens != 0]


def _heading(attempt: AttemptRecord) -> Line:
    """The attempt and its price have a line of their own, so that the sums fit a telephone."""
    simulated = " (simulated)" if attempt.simulated else ""
    unpriced = attempt.price_id is None and attempt.cost_state != CostState.FREE
    price = "no price in force" if unpriced else attempt.price_id
    said = " · ".join(filter(None, (str(attempt.n), f"{attempt.model}{simulated}", price)))
    return [Cell(said, len(_COLUMNS), alarm=unpriced), *("",) * (len(_COLUMNS) - 1)]


def _product_lines(group: Sequence[Product], price_places: int, places: int) -> list[Line]:
    lines: list[Line] = []
    for product in group:
        tokens = Cell(text.count(product.tokens), alarm=product.tokens is None)
        rate = Cell(text.money(_per_million(product), price_places), alarm=product.price is None)
        amount = Cell(text.money(product.amount, places), alarm=product.amount is None)
        lines.append([product.direction, tokens, rate, amount])
    return lines


def _contradiction(name: str, computed: int | None, places: int) -> Line:
    """What ought to be the stored figure in the line below, and is not."""
    return [Cell(name, _BEFORE_COST, alarm=True), *_COVERED, Cell(text.money(computed, places), alarm=True)]


def _attempt_sum(attempt: AttemptRecord, itemised: bool, places: int) -> Line:
    wrong = attempt.cost_pico != attempt_cost(attempt)
    stored = _stored(attempt, wrong, places)
    if not itemised:
        return [_reason(attempt), *_COVERED, stored]
    return [Cell(f"Cost of attempt {attempt.n}{_AS_STORED * wrong}", _BEFORE_COST), *_COVERED, stored]


def _reason(attempt: AttemptRecord) -> Cell:
    """Why there is nothing to multiply."""
    if attempt.cost_state == CostState.FREE:
        return Cell("nothing was consumed", _BEFORE_COST, quiet=True)
    if attempt.uncached_input is None:
        return Cell("tokens unknown", _BEFORE_COST, alarm=True)
    return Cell("no token in any direction", _BEFORE_COST, quiet=True)


def _request_sum(request: RequestRecord, attempts: Sequence[AttemptRecord], places: int) -> Line:
    wrong = request.cost_pico != added(attempt.cost_pico for attempt in attempts)
    made_of = " + ".join(str(attempt.n) for attempt in attempts)
    name = f"Cost of the request: attempt{'s' if len(attempts) > 1 else ''} {made_of}{_AS_STORED * wrong}"
    return [Cell(name, _BEFORE_COST), *_COVERED, _stored(request, wrong, places)]


def _stored(row: AttemptRecord | RequestRecord, wrong: bool, places: int) -> Cell:
    """The ledger's own figure; where it is an estimate or unknown, it says so."""
    state = row.cost_state.replace("_", " ")
    if row.cost_pico is None:
        return Cell(f"{text.UNKNOWN} ({state})", alarm=True)
    shown = text.money(row.cost_pico, places)
    if row.cost_state in (CostState.PRICED, CostState.FREE):
        return Cell(shown, alarm=wrong)
    # The word comes first, so that the decimal points stay in line.
    return Cell(f"{state} {shown}", alarm=True)


def _per_million(product: Product) -> int | None:
    return None if product.price is None else product.price * _MILLION
