"""A correction: what changes about the money of an attempt after its row was written. The row never does."""

from __future__ import annotations

from enum import StrEnum

from router.domain.value import value


class CorrectionKind(StrEnum):
    """Why a cost is corrected."""

    RERATE = "rerate"
    """The price book was wrong or incomplete; the usage is what it was."""
    LATE_USAGE = "late_usage"
    """The provider reported the usage, or another one, after the request had ended."""


@value
class CorrectionRecord:
    """One row of `corrections`; money in pico-USD, `seq` counts from 1 within the attempt.

    What is to be added where attempts are summed: `delta_pico` to the cost, `delta_list_pico` to the cost at
    list prices, the four other deltas to the tokens; `resolves` is true when the attempt's cost had been
    unknown, so that the delta is all of it. Where requests are summed it is `request_delta_pico` and
    `request_delta_list_pico`, which are 0 while another attempt of the request leaves its cost unknown;
    `request_resolves` when the request's cost becomes known. `state` is JSON text: the attempt's columns of
    usage, prices and cost as they are after this correction, which the next one starts from.
    """

    request_id: str
    n: int
    seq: int
    batch_id: str
    kind: str
    created_us: int
    actor: str
    reason: str
    delta_pico: int
    delta_list_pico: int
    resolves: bool
    request_delta_pico: int
    request_delta_list_pico: int
    request_resolves: bool
    delta_uncached_input: int
    delta_cache_read: int
    delta_cache_write: int
    delta_output: int
    old_price_id: str | None
    new_price_id: str | None
    state: str


@value
class JudgeCorrectionRecord:
    """One row of `judge_corrections`: what changes about the cost of a judge's call. `seq` counts from 1
    within the call; the rest is as in CorrectionRecord."""

    request_id: str
    n: int
    call: int
    seq: int
    batch_id: str
    kind: str
    created_us: int
    actor: str
    reason: str
    delta_pico: int
    delta_list_pico: int
    resolves: bool
    old_price_id: str | None
    new_price_id: str | None
    state: str


@value
class BaselineCorrectionRecord:
    """One row of `baseline_corrections`: the same tokens at other prices. `delta_pico` is to be added to the
    baseline, `delta_output_pico` is the part of it for output tokens; prices are those since, pico-USD per
    token. `seq` counts from 1 within the request."""

    request_id: str
    seq: int
    batch_id: str
    kind: str
    created_us: int
    actor: str
    reason: str
    delta_pico: int
    delta_output_pico: int
    input_price: int
    output_price: int
