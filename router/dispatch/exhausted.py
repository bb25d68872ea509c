"""Nobody gave an answer: what each endpoint's miss means for the caller. Pure."""

from __future__ import annotations

from math import ceil

from router.dispatch.refusal import Miss
from router.domain.budget import Hold, Shortage
from router.domain.money import PicoUSD
from router.errors import (
    InsufficientQuota,
    Overloaded,
    TiergateError,
    Unavailable,
    UpstreamExhausted,
    UpstreamTimeout,
)


def give_back(hold: Hold | None) -> None:
    """Of a call that will not be made."""
    if hold is not None:
        hold.settle(PicoUSD(0))


def _unpaid(shortages: list[Shortage], told: str) -> InsufficientQuota | Unavailable:
    """Nobody could be paid. Where it is only not known what is left, asking again in a moment may help."""
    if any(shortage.spent for shortage in shortages):
        return InsufficientQuota(f"A budget is spent. {told}")
    return Unavailable(
        f"What a budget has left is not known just now. {told}",
        code="budgets_unavailable",
        headers={"retry-after": "1"},
    )


def exhausted(misses: list[tuple[str, Miss]]) -> TiergateError:
    """What the caller is told: every endpoint with its last reason; the status of the last miss."""
    last_reasons = {name: miss.reason for name, miss in misses}
    told = "; ".join(f"{name}: {reason}" for name, reason in last_reasons.items())
    unpaid = [miss.unpaid for _, miss in misses if miss.unpaid is not None]
    if unpaid and len(unpaid) == len(misses):
        return _unpaid(unpaid, told)
    misses = [(name, miss) for name, miss in misses if miss.unpaid is None]
    message = f"No upstream gave an answer. {told}"
    if misses and all(miss.busy for _, miss in misses):
        delay = max((miss.delay or 1.0 for _, miss in misses), default=1.0)
        return Overloaded(message, headers={"retry-after": str(ceil(delay))})
    if misses and all(miss.busy or miss.held for _, miss in misses):
        # Nobody was asked, so asking again in a moment costs nothing and may help.
        soonest = min(miss.delay or 1.0 for _, miss in misses)
        headers = {"retry-after": str(ceil(soonest))}
        return Unavailable(message, code="upstreams_unavailable", headers=headers)
    if misses and misses[-1][1].timeout:
        return UpstreamTimeout(message)
    return UpstreamExhausted(message)
