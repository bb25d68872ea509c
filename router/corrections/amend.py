"""What an attempt's money would be by another price or usage, and the correction that says so. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TypeVar

from router.domain.arithmetic import added
from router.domain.corrections import CorrectionKind, CorrectionRecord
from router.domain.kinds import CostState
from router.domain.opinions import JudgeCallRecord
from router.domain.prices import Price
from router.domain.records import AttemptRecord
from router.domain.units import Unit
from router.domain.usage import Usage
from router.domain.value import value
from router.meter.bill import price_columns, units_text
from router.meter.cost import charge

_MONEY = (
    "uncached_input", "cache_read", "cache_write", "output", "reasoning", "usage_estimated", "units",
    "service_tier", "cost_pico", "list_pico", "cost_state", "price_id", "input_price", "cache_read_price",
    "cache_write_price", "output_price", "input_list_price", "cache_read_list_price",
    "cache_write_list_price", "output_list_price",
)  # fmt: skip
"""The columns of an attempt that a correction may change."""


Billed = AttemptRecord | JudgeCallRecord
Call = TypeVar("Call", AttemptRecord, JudgeCallRecord)


@value
class Stamp:
    """What all corrections of one run share. `created_us` is Unix microseconds."""

    batch_id: str
    kind: CorrectionKind
    created_us: int
    actor: str
    reason: str


def usage_of(attempt: Billed) -> Usage | None:
    """The usage as the row keeps it; None: unknown."""
    a = attempt
    if a.uncached_input is None or a.cache_read is None or a.cache_write is None or a.output is None:
        return None
    kept = json.loads(a.units or "{}")
    units = tuple((Unit(name), int(entry[0])) for name, entry in kept.items())
    tokens = (a.uncached_input, a.cache_read, a.cache_write, a.output, a.reasoning)
    return Usage(*tokens, estimated=a.usage_estimated, units=units, service_tier=a.service_tier)


def amended(attempt: Call, usage: Usage, price: Price | None) -> Call | None:
    """The attempt (or call) with that usage at that price; None where that leaves its cost unknown."""
    charged = charge(usage, price, attempt.started_us)
    if charged.cost is None:
        return None
    price_id, uncached, read, write, output, *listed = price_columns(charged.price)
    return replace(
        attempt,
        uncached_input=usage.uncached_input,
        cache_read=usage.cache_read,
        cache_write=usage.cache_write,
        output=usage.output,
        reasoning=usage.reasoning,
        usage_estimated=usage.estimated,
        units=units_text(usage, charged.price) if usage.units else None,
        service_tier=usage.service_tier,
        cost_pico=charged.cost,
        list_pico=charged.listed,
        cost_state=str(charged.state),
        price_id=price_id,
        input_price=uncached,
        cache_read_price=read,
        cache_write_price=write,
        output_price=output,
        input_list_price=listed[0],
        cache_read_list_price=listed[1],
        cache_write_list_price=listed[2],
        output_list_price=listed[3],
    )


def rerated(attempt: Call, price: Price | None) -> Call | None:
    """The attempt by the price that ought to have been applied. None: nothing was consumed, or its usage or
    that price is unknown, so that what is booked stays."""
    usage = usage_of(attempt)
    if usage is None or attempt.cost_state == CostState.FREE:
        return None
    return amended(attempt, usage, price)


def corrected(attempt: AttemptRecord, last: CorrectionRecord | None) -> AttemptRecord:
    """The attempt as its last correction left it."""
    return attempt if last is None else replace(attempt, **json.loads(last.state))


def differs(before: Billed, after: Billed) -> bool:
    """Whether money or tokens differ; another name of the same price is no correction."""
    changed = {name for name in _MONEY if getattr(before, name) != getattr(after, name)}
    return bool(changed - {"price_id"})


def correction(
    stamp: Stamp, seq: int, attempts: Sequence[AttemptRecord], after: AttemptRecord
) -> CorrectionRecord:
    """The row that turns one of `attempts`, all of one request as corrected so far, into `after`."""
    before = next(attempt for attempt in attempts if attempt.n == after.n)
    then = [after if attempt.n == after.n else attempt for attempt in attempts]
    old, new = _total(attempts, "cost_pico"), _total(then, "cost_pico")
    old_list, new_list = _total(attempts, "list_pico"), _total(then, "list_pico")
    return CorrectionRecord(
        request_id=after.request_id,
        n=after.n,
        seq=seq,
        batch_id=stamp.batch_id,
        kind=str(stamp.kind),
        created_us=stamp.created_us,
        actor=stamp.actor,
        reason=stamp.reason,
        delta_pico=(after.cost_pico or 0) - (before.cost_pico or 0),
        delta_list_pico=(after.list_pico or 0) - (before.list_pico or 0),
        resolves=before.cost_pico is None,
        request_delta_pico=(new or 0) - (old or 0),
        request_delta_list_pico=(new_list or 0) - (old_list or 0),
        request_resolves=old is None and new is not None,
        delta_uncached_input=(after.uncached_input or 0) - (before.uncached_input or 0),
        delta_cache_read=(after.cache_read or 0) - (before.cache_read or 0),
        delta_cache_write=(after.cache_write or 0) - (before.cache_write or 0),
        delta_output=(after.output or 0) - (before.output or 0),
        old_price_id=before.price_id,
        new_price_id=after.price_id,
        state=state_of(after),
    )


def _total(attempts: Sequence[AttemptRecord], column: str) -> int | None:
    return added(getattr(attempt, column) for attempt in attempts)


def state_of(attempt: Billed) -> str:
    """The columns of money as a correction keeps them: JSON text."""
    row = asdict(attempt)
    return json.dumps({name: row[name] for name in _MONEY}, separators=(",", ":"))
