"""What a judging model made of some answers of a seeded ledger, and what asking it cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np

from router.books.seed.columns import PRICES, TRIES, Columns
from router.books.seed.draw import Requests, Shape
from router.books.seed.sheet import Ints, PriceSheet, Slot
from router.books.seed.world import JUDGE, JUDGED, JUDGED_SHARE, PASSES
from router.domain.judgement import GRADES, JudgeMode, JudgeOutcome
from router.domain.kinds import AttemptStatus, CostState

_QUESTION = 420
"""Tokens of the rubric."""
_REPLY = 60


def judged_columns(
    ids: Sequence[str], day: date, requests: Requests, places: Sequence[Slot], sheet: PriceSheet,
    rng: np.random.Generator,
) -> tuple[Columns, Columns]:  # fmt: skip
    """The columns of `judgements` and of `judge_calls`: one grade and one call for each answer judged."""
    found = np.isin(requests.workload, JUDGED) & (requests.shape < Shape.EXHAUSTED)
    chosen = np.flatnonzero(found & (rng.random(len(requests)) < JUDGED_SHARE))
    grades = rng.binomial(GRADES - 1, np.array(PASSES)[requests.slot[chosen]] - 0.1)
    midday = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    sent = requests.sent[chosen] + _QUESTION
    price = sheet.find(JUDGE, midday, sent)
    judge, listed = places[JUDGE], sheet.table[price]
    who = {
        "request_id": [ids[i] for i in chosen.tolist()],
        "n": [TRIES[shape] for shape in requests.shape[chosen].tolist()],
        "simulated": [True] * len(chosen),
        "rule": ["seeded"] * len(chosen),
    }
    at = (requests.started[chosen] + requests.duration[chosen]).tolist()
    return {
        **who,
        "judge_model": [judge.model] * len(chosen),
        "judged_model": [places[slot].model for slot in requests.slot[chosen].tolist()],
        "mode": [JudgeMode.POINTWISE.value] * len(chosen),
        "outcome": [JudgeOutcome.GRADED.value] * len(chosen),
        "score": (grades / (GRADES - 1)).tolist(),
        "answer_chars": [800] * len(chosen),
        "decided_us": at,
    }, {
        **who,
        "call": [1] * len(chosen),
        "purpose": ["judge"] * len(chosen),
        "started_us": at,
        "day": [day.isoformat()] * len(chosen),
        "tier": [judge.tier] * len(chosen),
        "model": [judge.model] * len(chosen),
        "endpoint": [judge.endpoint] * len(chosen),
        "status": [AttemptStatus.OK.value] * len(chosen),
        "http_status": [200] * len(chosen),
        **_billed(sent, price, listed, sheet),
        "duration_us": [1_500_000] * len(chosen),
    }  # fmt: skip


def _billed(sent: Ints, price: Ints, prices: Ints, sheet: PriceSheet) -> Columns:
    """Tokens, prices and costs of the calls; without a price they are unpriced."""
    known = (price > 0).tolist()

    def if_known(values: Ints) -> list[int | None]:
        return [value if there else None for value, there in zip(values.tolist(), known, strict=True)]

    nothing = [0] * len(known)
    return {
        "uncached_input": sent.tolist(),
        "cache_read": nothing,
        "cache_write": nothing,
        "output": [_REPLY] * len(known),
        "usage_estimated": [False] * len(known),
        "cost_pico": if_known(sent * prices[:, 0] + _REPLY * prices[:, 3]),
        "list_pico": if_known(sent * prices[:, 4] + _REPLY * prices[:, 7]),
        "cost_state": [(CostState.PRICED if there else CostState.UNPRICED).value for there in known],
        "price_id": [sheet.ids[n] for n in price.tolist()],
        **{name: if_known(prices[:, n]) for n, name in enumerate(PRICES)},
    }
