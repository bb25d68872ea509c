"""What a token costs each request at one endpoint: the price in force at its time, for its length."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from router.domain.prices import Price, PriceBook
from router.domain.rates import Rates
from router.domain.variants import Ladder
from router.lifecycle.replay.columns import EPOCH, Bools, Columns, Ints
from router.lifecycle.replay.rules import DAY_US

_MINUTE_US = 60_000_000
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Tariff:
    """Pico-USD per token of each request; `cache_read` -1 where it has no price of its own. `priced` is
    false where no price is in force."""

    priced: Bools
    input: Ints
    output: Ints
    cache_read: Ints

    @classmethod
    def empty(cls, count: int) -> Tariff:
        """No price yet."""
        return cls(
            np.zeros(count, np.bool_),
            np.zeros(count, np.int64),
            np.zeros(count, np.int64),
            np.full(count, -1, np.int64),
        )

    def put(self, where: Bools, rates: Rates) -> None:
        """These rates hold for those requests."""
        self.input[where] = rates.input
        self.output[where] = rates.output
        self.cache_read[where] = -1 if rates.cache_read is None else rates.cache_read


def tariff(book: PriceBook, model: str, endpoint: str, columns: Columns) -> Tariff:
    """As `PriceBook.find` and `Price.expected` would say for every request."""
    found = Tariff.empty(len(columns))
    for key in ((model, endpoint), (model, None)):
        for price in book.rows.get(key, ()):
            covered = ~found.priced & _covered(price, columns.now_us)
            if covered.any():
                _expected(price, columns, covered, found)
                found.priced[covered] = True
    return found


def _covered(price: Price, now_us: Ints) -> Bools:
    held = now_us >= _us(price.valid_from)
    return held if price.valid_to is None else held & (now_us < _us(price.valid_to))


def _expected(price: Price, columns: Columns, covered: Bools, found: Tariff) -> None:
    found.put(covered, price.rates)
    variants = price.variants
    if variants is None:
        return
    left = covered.copy()
    minute = columns.now_us % DAY_US // _MINUTE_US
    for window in variants.windows:
        ladder = variants.ladders.get((None, window))
        if ladder is None:
            continue
        inside = (minute >= window.start) & (minute < window.end)
        if window.start >= window.end:
            inside = (minute >= window.start) | (minute < window.end)
        _climb(price, ladder, left & inside, columns, found)
        left &= ~inside
    ladder = variants.ladders.get((None, None))
    if ladder is not None:
        _climb(price, ladder, left, columns, found)


def _climb(price: Price, ladder: Ladder, where: Bools, columns: Columns, found: Tariff) -> None:
    """The longest step first, as `Price.applied` does."""
    left = where.copy()
    for above, step in ladder:
        here = left & (columns.input_tokens > above)
        found.put(here, (step or price).rates)
        left &= ~here


def _us(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND
