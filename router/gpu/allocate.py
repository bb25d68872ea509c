"""One hour's bill divided among the requests it served, whoever else was served, and idle time. Pure.

Shares go by work: uncached input tokens and output tokens, weighted as the rate says. What the requests,
other clients and idle time get adds up to the bill exactly (`domain/shares.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from router.domain.shares import shares


class Line(StrEnum):
    """Whom a share of an hour is for."""

    REQUEST = "request"
    JUDGE = "judge"
    """Calls for judging the answer to a request: overhead, in no request's cost."""
    OUTSIDE = "outside"
    """Work that the server's counters show and the ledger does not: clients that bypass the gateway."""
    IDLE = "idle"
    """Capacity that nobody used."""


class Basis(StrEnum):
    """How the hour's work is known."""

    COUNTERS = "vllm_counters"
    LEDGER = "ledger"
    """No counters near both ends of the hour: the gateway's own tokens, so that other clients look idle."""


@dataclass(frozen=True, slots=True)
class Served:
    """The work of one attempt in the hour, or of all calls for judging it."""

    request_id: str
    n: int
    work: int
    line: Line = Line.REQUEST


@dataclass(frozen=True, slots=True)
class Share:
    """One line of an hour; `request_id` and `n` are empty and 0 but for requests and judging."""

    line: Line
    request_id: str
    n: int
    work: int
    share_pico: int


def allocate(bill: int, capacity: int, served: Sequence[Served], measured: int | None) -> list[Share]:
    """`bill` pico-USD in shares. `capacity` is the work of a full hour, `measured` that of the server's
    counters. More work than capacity leaves nothing idle. Raises ValueError without capacity."""
    if capacity <= 0:
        raise ValueError("an hour without capacity cannot be divided")
    own = sum(one.work for one in served)
    outside = max(0, (measured or 0) - own)
    idle = max(0, capacity - own - outside)
    lines = [(one.line, one.request_id, one.n, one.work) for one in served]
    if outside:
        lines.append((Line.OUTSIDE, "", 0, outside))
    lines.append((Line.IDLE, "", 0, idle))
    parts = shares(bill, [work for *_, work in lines])
    return [Share(*line, part) for line, part in zip(lines, parts, strict=True)]
