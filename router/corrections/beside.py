"""Re-rating of what stands beside a request's own cost: the calls for judging it, and its baseline. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from router.corrections.amend import Stamp, differs, rerated, state_of
from router.domain.catalog import Catalog
from router.domain.corrections import BaselineCorrectionRecord, JudgeCorrectionRecord
from router.domain.opinions import JudgeCallRecord
from router.domain.prices import Price, PriceBook
from router.domain.value import value


@value
class Baseline:
    """A request's baseline as corrected so far. `sent` are the input tokens it is reckoned with, without any
    cache; `seq`: how often it was corrected."""

    request_id: str
    started_us: int
    model: str
    sent: int
    output: int
    input_price: int
    output_price: int
    seq: int


def judge_correction(
    stamp: Stamp, call: JudgeCallRecord, seq: int, price: Price | None
) -> JudgeCorrectionRecord | None:
    """What `price` changes about a call as corrected so far; None: nothing."""
    after = rerated(call, price)
    if after is None or not differs(call, after):
        return None
    return JudgeCorrectionRecord(
        request_id=call.request_id,
        n=call.n,
        call=call.call,
        seq=seq + 1,
        batch_id=stamp.batch_id,
        kind=str(stamp.kind),
        created_us=stamp.created_us,
        actor=stamp.actor,
        reason=stamp.reason,
        delta_pico=(after.cost_pico or 0) - (call.cost_pico or 0),
        delta_list_pico=(after.list_pico or 0) - (call.list_pico or 0),
        resolves=call.cost_pico is None,
        old_price_id=call.price_id,
        new_price_id=after.price_id,
        state=state_of(after),
    )


def baseline_price(book: PriceBook, catalog: Catalog | None, model: str, at: datetime) -> Price | None:
    """As the gateway looks it up: at the model's endpoints in order, else the model's own."""
    known = None if catalog is None else catalog.models.get(model)
    endpoints = [endpoint.id for endpoint in known.endpoints] if known else []
    found = (book.find(model, endpoint, at) for endpoint in [*endpoints, ""])
    return next((price for price in found if price is not None), None)


def baseline_correction(
    stamp: Stamp, held: Baseline, price: Price | None, at: datetime
) -> BaselineCorrectionRecord | None:
    """The same tokens at another price; None: nothing changes, or there is no price."""
    if price is None:
        return None
    rates = price.expected(held.sent, at)
    sent = held.sent * (rates.input - held.input_price)
    written = held.output * (rates.output - held.output_price)
    if (rates.input, rates.output) == (held.input_price, held.output_price):
        return None
    return BaselineCorrectionRecord(
        request_id=held.request_id,
        seq=held.seq + 1,
        batch_id=stamp.batch_id,
        kind=str(stamp.kind),
        created_us=stamp.created_us,
        actor=stamp.actor,
        reason=stamp.reason,
        delta_pico=sent + written,
        delta_output_pico=written,
        input_price=rates.input,
        output_price=rates.output,
    )


def moved(held: Baseline, last: BaselineCorrectionRecord) -> Baseline:
    """The baseline as its last correction left it."""
    prices = (last.input_price, last.output_price)
    return replace(held, input_price=prices[0], output_price=prices[1], seq=last.seq)
