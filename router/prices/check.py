"""What whoever answers for the price book should look at: gaps ahead, old sources, doubtful figures. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from router.domain.kinds import Capability
from router.domain.money import PicoUSD
from router.policy.price_document import PricePart
from router.policy.problems import Problem
from router.prices.book import Book, agreed, listed
from router.prices.offer import Fields, Holds

_DEAREST = PicoUSD(1_000 * 10**6)
_CHEAPEST = PicoUSD(10**3)
"""Pico-USD per token: 1,000 and 0.001 US dollars per million tokens. No model sold is beyond either; a price
per thousand tokens, or per token, taken for one per million is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`soon`: how far ahead a price may end. `stale`: the age at which a price is to be looked up again."""

    soon: timedelta = timedelta(days=30)
    stale: timedelta = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Checked:
    """`unpriced` are endpoints without a price, now or soon; `doubtful` is everything else."""

    unpriced: list[Problem]
    doubtful: list[Problem]


def check(book: Book, now: datetime, limits: Limits) -> Checked:
    """Everything found, each with the line where it is to be mended."""
    return Checked(
        list(_unpriced(book, now, limits.soon)),
        [*_stale(book, now, limits.stale), *_unbelievable(book, now), *_audio(book, now)],
    )


def _unpriced(book: Book, now: datetime, soon: timedelta) -> Iterator[Problem]:
    """Every model of the catalog, whether its endpoints are active here or not."""
    for index, model in enumerate(book.catalog.content.spec.models):
        for endpoint in model.endpoints:
            path = ("spec", "models", index)
            price = book.bundle.prices.find(model.name, endpoint.id, now)
            if price is None:
                message = f"endpoint {endpoint.id} of model {model.name} has no price in force"
                yield book.catalog.problem(path, message)
            elif (
                price.valid_to is not None
                and price.valid_to <= now + soon
                and book.bundle.prices.find(model.name, endpoint.id, price.valid_to) is None
            ):
                message = f"endpoint {endpoint.id} of model {model.name} has no price from "
                yield book.catalog.problem(path, f"{message}{price.valid_to:%Y-%m-%d %H:%M} UTC on")


def _stale(book: Book, now: datetime, stale: timedelta) -> Iterator[Problem]:
    for index, row in _in_force(book, now):
        looked = row.valid_from
        if row.checked is not None:
            looked = max(looked, datetime.combine(date.fromisoformat(row.checked), datetime.min.time(), UTC))
        if now - looked > stale:
            message = f"price of {row.model} was last held against its source {(now - looked).days} days ago"
            yield _problem(book, index, f"{message}; do it and set `checked`")


def _unbelievable(book: Book, now: datetime) -> Iterator[Problem]:
    for index, row in _in_force(book, now):
        for holds, fields in agreed(row).items():
            for message in _doubts(fields):
                yield _problem(book, index, _of(row, holds, message))
        for holds, fields in listed(row).items():
            paid = agreed(row)[holds]
            for name in fields.keys() & paid.keys():
                if paid[name] > fields[name]:
                    yield _problem(book, index, _of(row, holds, f"{name} is above its list price"))


def _doubts(fields: Fields) -> Iterator[str]:
    if fields["output"] < fields["input"]:
        yield "output is cheaper than input"
    read, write = fields.get("cache_read"), fields.get("cache_write")
    if read is not None and read > fields["input"]:
        yield "cache_read is dearer than input"
    if write is not None and write < (read or 0):
        yield "cache_write is cheaper than cache_read"
    for name in ("input", "output"):
        price = fields[name]
        if price > _DEAREST or 0 < price < _CHEAPEST:
            beyond = "above 1,000" if price > _DEAREST else "below 0.001"
            yield f"{name} is {beyond} US dollars per million tokens: is it per thousand, or per token?"


def _audio(book: Book, now: datetime) -> Iterator[Problem]:
    """Audio is billed at a price of its own by all who sell it."""
    heard = {m.name for m in book.catalog.content.spec.models if Capability.AUDIO in m.capabilities}
    for index, row in _in_force(book, now):
        if row.model in heard and row.audio_input is None:
            message = f"model {row.model} hears audio, and audio_input is not given: it is billed as text"
            yield _problem(book, index, message)


def _in_force(book: Book, now: datetime) -> Iterator[tuple[int, PricePart]]:
    for index, row in enumerate(book.prices.content.spec.prices):
        if row.valid_from <= now and (row.valid_to is None or now < row.valid_to):
            yield index, row


def _problem(book: Book, index: int, message: str) -> Problem:
    return book.prices.problem(("spec", "prices", index), message)


def _of(row: PricePart, holds: Holds, message: str) -> str:
    return f"price of {row.model}{f' ({holds})' if str(holds) else ''}: {message}"
