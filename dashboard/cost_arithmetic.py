"""Every place where a request's stored costs are not what its own rows make. Pure.

The gateway stores a cost; `domain/arithmetic.py` multiplies and adds again what is stored beside it: tokens,
and the prices per token they were billed at. It must not correct anything: a difference is shown, not mended.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import text
from router.domain.arithmetic import added, attempt_cost, attempt_list_cost
from router.domain.records import AttemptRecord, RequestRecord


def disagreements(request: RequestRecord, attempts: Sequence[AttemptRecord]) -> list[str]:
    """In words, every stored cost that is not what the rows below it make; none in a sound ledger."""
    found = []
    if request.attempts != len(attempts):
        found.append(
            f"The request's row counts {text.attempts(request.attempts)}, and the ledger holds "
            f"{text.count(len(attempts))}."
        )
    for attempt in attempts:
        computed = attempt_cost(attempt)
        if computed != attempt.cost_pico:
            found.append(
                f"Attempt {attempt.n}: the stored cost is {text.exact(attempt.cost_pico)}, and its tokens "
                f"and prices {_make(computed)}."
            )
        listed = attempt_list_cost(attempt)
        if attempt.list_pico is not None and listed != attempt.list_pico:
            found.append(
                f"Attempt {attempt.n}: the stored cost at list prices is {text.exact(attempt.list_pico)}, "
                f"and its tokens and list prices {_make(listed)}."
            )
    total = added(attempt.cost_pico for attempt in attempts)
    if total != request.cost_pico:
        found.append(
            f"The request: the stored cost is {text.exact(request.cost_pico)}, and its attempts "
            f"{_make(total)}."
        )
    return found


def _make(amount: int | None) -> str:
    return "do not say what it is" if amount is None else f"make {text.exact(amount)}"
