"""One day of a seeded ledger, drawn: arrays of requests and of attempts, the same for the same generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from router.books.seed import world
from router.books.seed.sheet import Ints, PriceSheet
from router.books.seed.world import WORKLOADS

Flags = NDArray[np.bool_]
FRONTIER, REASONING = 0, 2
_HOUR_US = 3_600_000_000


class Shape(IntEnum):
    """How a request went."""

    ANSWERED = 0
    RETRIED = 1
    """The first attempt failed before the upstream did anything; the second answered."""
    LOST = 2
    """The first attempt timed out and nobody knows what it cost; the second answered."""
    ESCALATED = 3
    """A check rejected the first answer; the frontier answered."""
    EXHAUSTED = 4
    REFUSED = 5
    CANCELLED = 6
    """The client went away: the gateway's own estimate of the usage."""


_SHAPES = (0.945, 0.014, 0.002, 0.012, 0.005, 0.01, 0.012)
_AGAIN = (Shape.RETRIED, Shape.LOST, Shape.ESCALATED)


@dataclass(frozen=True, slots=True)
class Requests:
    """By request, ordered by start. `slot` answers last; `verdict` 0 none, 1 passed, 2 failed; `thumb` 0
    none, 1 up, 2 down; `held` 0 no holdout, 1 routed, 2 held out; times in microseconds, `sent` and `cached`
    in tokens."""

    started: Ints
    workload: Ints
    slot: Ints
    shape: Ints
    sent: Ints
    cached: Ints
    verdict: Ints
    thumb: Ints
    duration: Ints
    baseline_price: Ints
    held: Ints

    def __len__(self) -> int:
        return len(self.started)


@dataclass(frozen=True, slots=True)
class Attempts:
    """By attempt: of which request (index), in which slot, tokens written, price (index of the sheet)."""

    request: Ints
    n: int
    slot: Ints
    written: Ints
    price: Ints


def draw(
    day: date, count: int, mixes: Sequence[Sequence[float]], sheet: PriceSheet, rng: np.random.Generator
) -> tuple[Requests, Attempts, Attempts]:
    """The requests of `day`, their first and second attempts. `mixes`: weights of slots by workload."""
    started = _starts(day, count, rng)
    workload = _choose(rng, [w.share for w in WORKLOADS], count)
    slot = np.zeros(count, dtype=np.int64)
    for index, mix in enumerate(mixes):
        mine = np.flatnonzero(workload == index)
        slot[mine] = _choose(rng, mix, len(mine))
    held = _held(rng, workload)
    slot[held == 2] = FRONTIER
    shape = _choose(rng, _SHAPES, count)
    sent = _lengths(rng, _means("sent")[workload])
    cached = (sent * _means("cached")[workload] * rng.uniform(0.6, 1.4, count)).astype(np.int64)
    written = _lengths(rng, _written(workload, slot))
    first_of = np.flatnonzero(shape != Shape.REFUSED)
    second_of = np.flatnonzero(np.isin(shape, _AGAIN))
    final = np.where(shape == Shape.ESCALATED, FRONTIER, slot)
    written_again = _lengths(rng, _written(workload, final))
    price = _prices(day, started, sent, sheet, slot)
    price_again = _prices(day, started, sent, sheet, final)
    verdict = _verdicts(rng, workload, final, shape)
    thumb = _thumbs(rng, verdict, shape)
    seconds = rng.uniform(0.02, 0.1, count) + written_again * rng.uniform(0.008, 0.03, count)
    duration = (seconds * 1e6).astype(np.int64)
    held[shape == Shape.REFUSED] = 0
    base = _prices(day, started, sent, sheet, np.full(count, FRONTIER))
    return (
        Requests(started, workload, final, shape, sent, cached, verdict, thumb, duration, base, held),
        Attempts(first_of, 1, slot[first_of], written[first_of], price[first_of]),
        Attempts(second_of, 2, final[second_of], written_again[second_of], price_again[second_of]),
    )


def mixes_of(day: date, story: Sequence[date], shift: float) -> list[tuple[float, ...]]:
    """The mix of every workload on that day, as shares; `shift` of one moves to the frontier in the story."""
    mixes = [tuple(part / sum(w.mix) for part in w.mix) for w in WORKLOADS]
    if day in story:
        frontier, second, reasoning, small = mixes[world.STORY]
        mixes[world.STORY] = (frontier + shift, second, reasoning - shift, small)
    return mixes


def story_shift(sheet: PriceSheet, monday: date) -> float:
    """The share of the story's workload that has to move for its team's bill to rise by `STORY_RISE`."""
    at = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)

    def cost(workload: int, slot: int) -> float:
        w = WORKLOADS[workload]
        found = sheet.find(slot, at, np.array([w.sent]))[0]
        price = sheet.table[found]
        written = w.written * (world.THINKING if slot == REASONING else 1)
        return float(w.sent * ((1 - w.cached) * price[0] + w.cached * price[1]) + written * price[3])

    mine = [i for i, w in enumerate(WORKLOADS) if w.team == WORKLOADS[world.STORY].team]
    mixes = mixes_of(monday, (), 0)
    bill = sum(WORKLOADS[i].share * mixes[i][slot] * cost(i, slot) for i in mine for slot in range(4))
    dearer = cost(world.STORY, FRONTIER) - cost(world.STORY, REASONING)
    if dearer <= 0:
        return 0.0
    wanted = world.STORY_RISE * bill / (WORKLOADS[world.STORY].share * dearer)
    return min(wanted, mixes[world.STORY][REASONING])


def _starts(day: date, count: int, rng: np.random.Generator) -> Ints:
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
    hours = _choose(rng, world.HOURS, count)
    return np.sort(midnight + hours * _HOUR_US + rng.integers(0, _HOUR_US, count))


def _choose(rng: np.random.Generator, weights: Sequence[float], count: int) -> Ints:
    """Indices into `weights`, by weight."""
    edges = np.cumsum(np.array(weights, dtype=float) / sum(weights))[:-1]
    return np.searchsorted(edges, rng.random(count), side="right").astype(np.int64)


def _means(name: str) -> NDArray[np.float64]:
    return np.array([getattr(w, name) for w in WORKLOADS], dtype=float)


def _written(workload: Ints, slot: Ints) -> NDArray[np.float64]:
    return _means("written")[workload] * np.where(slot == REASONING, world.THINKING, 1.0)


def _lengths(rng: np.random.Generator, means: NDArray[np.float64]) -> Ints:
    """Log-normal with those means, at least one token."""
    drawn = rng.lognormal(np.log(means) - world.SPREAD**2 / 2, world.SPREAD)
    return np.maximum(1, drawn).astype(np.int64)


def _prices(day: date, started: Ints, sent: Ints, sheet: PriceSheet, slot: Ints) -> Ints:
    """Looked up by the hour: a window of the price book that starts within one is met from the next on."""
    found = np.zeros(len(started), dtype=np.int64)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    edges = [int((midnight + timedelta(hours=h)).timestamp()) * 1_000_000 for h in range(25)]
    places = np.searchsorted(started, edges)
    for hour in range(24):
        piece = slice(places[hour], places[hour + 1])
        for place in np.unique(slot[piece]):
            here = np.flatnonzero(slot[piece] == place) + places[hour]
            found[here] = sheet.find(int(place), midnight + timedelta(hours=hour), sent[here])
    return found


def _verdicts(rng: np.random.Generator, workload: Ints, slot: Ints, shape: Ints) -> Ints:
    count = len(workload)
    checked = rng.random(count) < _means("checked")[workload]
    passes = rng.random(count) < np.array(world.PASSES)[slot]
    verdict = np.where(checked, np.where(passes, 1, 2), 0)
    verdict[shape == Shape.ESCALATED] = 1
    verdict[shape >= Shape.EXHAUSTED] = 0
    return verdict


def _held(rng: np.random.Generator, workload: Ints) -> Ints:
    """One workload compares with a holdout: drawn apart, so that all else is drawn as without it."""
    [apart] = rng.spawn(1)
    held_out = apart.random(len(workload)) < world.HELD_OUT_SHARE
    return np.where(workload == world.HELD_OUT, np.where(held_out, 2, 1), 0)


def _thumbs(rng: np.random.Generator, verdict: Ints, shape: Ints) -> Ints:
    """One answer in fifty is reported on, those that failed their check more often as bad."""
    count = len(verdict)
    said = (rng.random(count) < 0.02) & (shape < Shape.EXHAUSTED)
    good = rng.random(count) < np.where(verdict == 2, 0.35, 0.88)
    return np.where(said, np.where(good, 1, 2), 0)
