"""Drawn arrays as rows of the ledger's tables, in the order of their columns. No randomness in here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from router.books.seed.draw import Attempts, Flags, Requests, Shape
from router.books.seed.sheet import Ints, PriceSheet, Slot
from router.books.seed.world import ORGANISATION, WORKLOADS
from router.domain.ids import uuid7
from router.domain.kinds import AttemptStatus, CostState, Outcome, Tier, Verdict

Columns = dict[str, Sequence[Any]]
SCORES = {1: 1.0, 2: 0.0}
_HOLDOUT = (None, False, True)
_VERDICTS = (None, Verdict.PASSED.value, Verdict.FAILED.value)
_THUMBS = (None, "up", "down")
_STATUS: dict[int, AttemptStatus] = {Shape.RETRIED: AttemptStatus.ERROR, Shape.LOST: AttemptStatus.TIMEOUT,
           Shape.EXHAUSTED: AttemptStatus.ERROR, Shape.CANCELLED: AttemptStatus.CANCELLED}  # fmt: skip
_KEY = "seededledger"
_NOTE = '{"note":"seeded: no decision was taken"}'


def ids_of(requests: Requests, rng: np.random.Generator) -> list[str]:
    """Time-ordered ids, as the gateway mints them."""
    high, low = rng.integers(0, 1 << 37, (2, len(requests))).tolist()
    times = requests.started.tolist()
    return [uuid7(t // 1000, a << 37 | b) for t, a, b in zip(times, high, low, strict=True)]


def attempt_columns(
    ids: Sequence[str], requests: Requests, attempts: Attempts, places: Sequence[Slot], sheet: PriceSheet
) -> tuple[Columns, Ints, Ints, Ints]:
    """The columns of `attempts`; cost and list cost of each (pico-USD); 0 free, 1 known, 2 unknown."""
    of = attempts.request
    shape = requests.shape[of]
    first = attempts.n == 1
    failed = np.isin(shape, (Shape.RETRIED, Shape.EXHAUSTED)) & first
    lost = (shape == Shape.LOST) & first
    cancelled = shape == Shape.CANCELLED
    billed = ~failed & ~lost
    cached = requests.cached[of]
    uncached = requests.sent[of] - cached
    prices = sheet.table[attempts.price]
    tokens = np.stack([uncached, cached, np.zeros_like(cached), attempts.written], axis=1)
    known = billed & (attempts.price > 0)
    cost = np.where(known, (tokens * prices[:, :4]).sum(axis=1), 0)
    listed = np.where(known, (tokens * prices[:, 4:]).sum(axis=1), 0)
    state = np.where(failed, 0, np.where(known, 1, 2))
    names = list(map(_state, *(flags.tolist() for flags in (failed, lost, known, cancelled))))
    status = [_STATUS.get(s, AttemptStatus.OK) if first else AttemptStatus.OK for s in shape.tolist()]
    ok = [one is AttemptStatus.OK for one in status]
    rejected = (shape == Shape.ESCALATED) & first
    verdict = np.where(rejected, 2, np.where(billed, requests.verdict[of], 0)).tolist()
    thinks = np.array([place.tier == Tier.REASONING for place in places])[attempts.slot]
    columns: Columns = {
        "request_id": [ids[i] for i in of.tolist()],
        "n": [attempts.n] * len(of),
        "started_us": (requests.started[of] + (400 if first else 60_000)).tolist(),
        **_answered_by(attempts.slot, places),
        "status": [one.value for one in status],
        "http_status": [_UPSTREAM[one] for one in status],
        "error": [None if good else f"seeded {one.value}" for good, one in zip(ok, status, strict=True)],
        "finish_reason": ["stop" if good else None for good in ok],
        "verdict": [_VERDICTS[v] for v in verdict],
        "uncached_input": _if(billed, uncached),
        "cache_read": _if(billed, cached),
        "cache_write": _if(billed, np.zeros_like(cached)),
        "output": _if(billed, attempts.written),
        "reasoning": _if(billed & thinks, attempts.written * 7 // 10),
        "usage_estimated": (cancelled & billed).tolist(),
        "cost_pico": _if(state < 2, cost),
        "list_pico": _if(state < 2, listed),
        "cost_state": names,
        "price_id": [sheet.ids[i] for i in attempts.price.tolist()],
        **{name: _if(attempts.price > 0, prices[:, i]) for i, name in enumerate(PRICES)},
        "duration_us": (requests.duration[of] // 2).tolist(),
        "ttft_us": (requests.duration[of] // 20).tolist(),
    }
    return columns, cost, listed, state


def request_columns(
    ids: Sequence[str],
    day: str,
    requests: Requests,
    sums: tuple[Ints, Ints, Ints, Ints],
    places: Sequence[Slot],
    sheet: PriceSheet,
    price_book: str,
) -> Columns:
    """The columns of `requests`. `sums` over the attempts: cost, list cost, worst state, tokens written."""
    cost, listed, state, written = sums
    shape = requests.shape
    answered = shape < Shape.EXHAUSTED
    known = state < 2
    counts = known & (shape != Shape.LOST)
    base = sheet.table[requests.baseline_price]
    compared = answered & (requests.baseline_price > 0)
    expected = np.array([w.written for w in WORKLOADS], dtype=np.int64)[requests.workload]
    billed = np.array(_BILLED)[shape]
    outcomes = list(map(_outcome, shape.tolist(), requests.verdict.tolist()))
    work = [WORKLOADS[w] for w in requests.workload.tolist()]
    tier = _answered_by(requests.slot, places)
    none = [None] * len(ids)
    return {
        "id": ids,
        "started_us": requests.started.tolist(),
        "day": [day] * len(ids),
        "organisation": [ORGANISATION] * len(ids),
        "team": [w.team for w in work],
        "project": [w.project for w in work],
        "key_id": [_KEY] * len(ids),
        "workload": [w.name for w in work],
        "tags": [w.tags for w in work],
        "requested_model": ["auto"] * len(ids),
        "stream": (requests.started % 3 == 0).tolist(),
        "task": [w.task.value for w in work],
        "language": ["en"] * len(ids),
        "data_class": ["internal"] * len(ids),
        "rule": ["seeded"] * len(ids),
        "policy_digest": ["seeded"] * len(ids),
        "price_book": [price_book] * len(ids),
        **{name: _shown(tier[name], answered) for name in ("tier", "model", "endpoint")},
        "simulated": [True] * len(ids),
        "outcome": outcomes,
        "verdict": [_VERDICTS[v] for v in requests.verdict.tolist()],
        "http_status": [_HTTP[s] for s in shape.tolist()],
        "error_code": [_ERROR[s] for s in shape.tolist()],
        "attempts": [TRIES[s] for s in shape.tolist()],
        "answered_n": _shown([TRIES[s] for s in shape.tolist()], answered),
        "uncached_input": _if(counts, (requests.sent - requests.cached) * billed),
        "cache_read": _if(counts, requests.cached * billed),
        "cache_write": _if(counts, np.zeros_like(billed)),
        "output": _if(counts, written),
        "reasoning": none,
        "usage_estimated": (shape == Shape.CANCELLED).tolist(),
        "cost_pico": _if(known, cost),
        "list_pico": _if(known, listed),
        "cost_state": list(map(_worst, shape.tolist(), known.tolist())),
        "baseline_model": _shown([places[0].model] * len(ids), answered),
        "baseline_pico": _if(compared, requests.sent * base[:, 0] + expected * base[:, 3]),
        "baseline_output": _if(compared, expected),
        "baseline_input_price": _if(compared, base[:, 0]),
        "baseline_output_price": _if(compared, base[:, 3]),
        "holdout": [_HOLDOUT[held] for held in requests.held.tolist()],
        "duration_us": requests.duration.tolist(),
        "gateway_us": [900] * len(ids),
        "upstream_us": np.maximum(0, requests.duration - 900).tolist(),
        "ttft_us": (requests.duration // 20).tolist(),
        "trace": [_NOTE] * len(ids),
    }


def verdict_columns(ids: Sequence[str], requests: Requests) -> Columns:
    """One row for each answer that a check decided."""
    checked = np.flatnonzero(requests.verdict).tolist()
    started, duration = requests.started.tolist(), requests.duration.tolist()
    return {
        "request_id": [ids[i] for i in checked],
        "n": [TRIES[int(requests.shape[i])] for i in checked],
        "verifier": ["structure"] * len(checked),
        "verdict": [_VERDICTS[int(requests.verdict[i])] for i in checked],
        "evidence": ["seeded"] * len(checked),
        "duration_us": [250] * len(checked),
        "decided_us": [started[i] + duration[i] for i in checked],
    }


def feedback_columns(ids: Sequence[str], requests: Requests) -> Columns:
    """One row for each answer that somebody reported on."""
    said = np.flatnonzero(requests.thumb).tolist()
    work = [WORKLOADS[int(requests.workload[i])] for i in said]
    thumbs = [int(requests.thumb[i]) for i in said]
    return {
        "id": [f"seeded-{ids[i]}" for i in said],
        "request_id": [ids[i] for i in said],
        "version": [1] * len(said),
        "created_us": [int(requests.started[i]) + 90_000_000 for i in said],
        "organisation": [ORGANISATION] * len(said),
        "team": [w.team for w in work],
        "project": [w.project for w in work],
        "key_id": [_KEY] * len(said),
        "score": [SCORES[t] for t in thumbs],
        "thumb": [_THUMBS[t] for t in thumbs],
        "content": [f"seeded {_THUMBS[t]}" for t in thumbs],
    }


PRICES = ("input_price", "cache_read_price", "cache_write_price", "output_price", "input_list_price",
           "cache_read_list_price", "cache_write_list_price", "output_list_price")  # fmt: skip
TRIES = (1, 2, 2, 2, 1, 0, 1)
_BILLED = (1, 1, 1, 2, 0, 0, 1)
"""By shape: attempts made, and those the upstream counted tokens for."""
_UPSTREAM = {
    AttemptStatus.OK: 200,
    AttemptStatus.ERROR: 503,
    AttemptStatus.TIMEOUT: None,
    AttemptStatus.CANCELLED: 200,
}
_HTTP = (200, 200, 200, 200, 502, 403, 499)
_ERROR = (None, None, None, None, "upstream_failed", "no_candidate", None)


_ENDED: dict[int, Outcome] = {
    Shape.ESCALATED: Outcome.ESCALATED,
    Shape.EXHAUSTED: Outcome.EXHAUSTED,
    Shape.REFUSED: Outcome.REFUSED,
    Shape.CANCELLED: Outcome.CANCELLED,
}


def _outcome(shape: int, verdict: int) -> str:
    return _ENDED.get(shape, Outcome.ACCEPTED if verdict == 1 else Outcome.UNVERIFIED).value


def _state(failed: bool, lost: bool, known: bool, cancelled: bool) -> str:
    if failed:
        return CostState.FREE.value
    if lost:
        return CostState.USAGE_MISSING.value
    if not known:
        return CostState.UNPRICED.value
    return CostState.ESTIMATED.value if cancelled else CostState.PRICED.value


def _worst(shape: int, known: bool) -> str:
    if shape == Shape.LOST:
        return CostState.USAGE_MISSING.value
    if not known:
        return CostState.UNPRICED.value
    if shape in (Shape.EXHAUSTED, Shape.REFUSED):
        return CostState.FREE.value
    return CostState.ESTIMATED.value if shape == Shape.CANCELLED else CostState.PRICED.value


def _answered_by(slot: Ints, places: Sequence[Slot]) -> Columns:
    found = [places[i] for i in slot.tolist()]
    return {
        "tier": [one.tier for one in found],
        "model": [one.model for one in found],
        "endpoint": [one.endpoint for one in found],
        "simulated": [True] * len(found),
    }


def _if(there: Flags, values: Ints) -> list[int | None]:
    return [v if t else None for v, t in zip(values.tolist(), there.tolist(), strict=True)]


def _shown(values: Sequence[Any], there: Flags) -> list[Any]:
    return [v if t else None for v, t in zip(values, there.tolist(), strict=True)]
