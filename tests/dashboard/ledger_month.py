"""A plausible month of three teams with everything that goes wrong, the same for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from router.domain.ids import uuid7
from router.domain.kinds import AttemptStatus, CostState, Outcome, Verdict
from router.domain.money import PicoUSD, exact_usd
from router.domain.records import AttemptRecord, RequestRecord
from tests.dashboard.ledger_rows import (
    BASELINE,
    FRONTIER,
    NO_PRICE,
    REASONING,
    SERVED,
    Rows,
    Served,
    a_request,
    an_attempt,
    prices,
)  # fmt: skip

TEAMS = {
    "support": (0.55, ("classification", "extraction", "writing"), 0.30),
    "research": (0.25, ("math", "knowledge", "code"), 0.72),
    "platform-engineering": (0.20, ("code", "tool_use", "instruction"), 0.50),
}
"""Share of the traffic, tasks, and mean difficulty."""


def month(last_day: date, number: int, *, seed: int = 7, simulated: bool = False) -> list[Rows]:
    """`number` requests over the 30 days that end with `last_day`, weekends quieter, oldest first."""
    dice = random.Random(seed)
    days = [last_day - timedelta(days=back) for back in range(29, -1, -1)]
    weights = [0.25 if day.weekday() >= 5 else 1.0 for day in days]
    chosen = dice.choices(days, weights, k=number)
    midnights = [datetime.combine(day, time(), UTC) for day in chosen]
    starts = sorted(int(m.timestamp() * 1e6) + dice.randrange(6, 22) * 3_600_000_000
                    + dice.randrange(3_600_000_000) for m in midnights)  # fmt: skip
    return [_one(dice, start, simulated) for start in starts]


def _one(dice: random.Random, started_us: int, simulated: bool) -> Rows:
    team = dice.choices(list(TEAMS), [share for share, _, _ in TEAMS.values()])[0]
    _, tasks, mean = TEAMS[team]
    difficulty = min(0.99, max(0.02, dice.gauss(mean, 0.18)))
    request_id = uuid7(started_us // 1000, dice.getrandbits(74))
    wanted = _tier_for(difficulty)
    fate = dice.random()
    plain = a_request(
        id=request_id, started_us=started_us, day=_day(started_us), team=team,
        project=f"{team}-app", task=dice.choice(tasks), difficulty=difficulty,
        confidence=round(dice.uniform(0.55, 0.97), 2), stream=dice.random() < 0.6,
        workload="ticket-triage" if team == "support" else None, simulated=simulated,
        rule="private-stays-here" if dice.random() < 0.1 else "cheapest-good-enough",
    )  # fmt: skip
    if fate < 0.012:
        return _refused(plain), ()
    return _dispatched(dice, plain, wanted, fate)


def _tier_for(difficulty: float) -> int:
    return 0 if difficulty < 0.42 else 1 if difficulty < 0.8 else 2


def _refused(plain: RequestRecord) -> RequestRecord:
    trace = _trace(None, "every model was removed", difficulty=plain.difficulty)
    return replace(
        plain, tier=None, model=None, endpoint=None, simulated=False, outcome=Outcome.REFUSED,
        verdict=None, http_status=403, error_code="no_candidate", attempts=0, uncached_input=0,
        output=0, cost_pico=0, cost_state=CostState.FREE, baseline_model=None, baseline_pico=None,
        duration_us=450, gateway_us=450, upstream_us=0, ttft_us=None, trace=trace,
    )  # fmt: skip


def _dispatched(dice: random.Random, plain: RequestRecord, wanted: int, fate: float) -> Rows:
    sent, written = int(dice.lognormvariate(6.3, 0.8)) + 20, int(dice.lognormvariate(5.4, 0.9)) + 5
    made: list[AttemptRecord] = []
    at = plain.started_us + 300
    for n, served in enumerate(SERVED[wanted:] if fate < 0.13 else SERVED[wanted : wanted + 1], 1):
        kind = _kind(fate, n, len(SERVED) - wanted)
        attempt = _attempt(dice, plain, served, n, at, sent, written, kind)
        made.append(attempt)
        at += attempt.duration_us + 200
        if attempt.status in (AttemptStatus.OK, AttemptStatus.CANCELLED) and kind != "rejected":
            break
    return _settle(dice, plain, made, sent, written, SERVED[wanted]), tuple(made)


def _kind(fate: float, n: int, available: int) -> str:
    last = n == available
    if fate < 0.022:
        return "timeout"
    if fate < 0.09 and n == 1 and not last:
        return "rejected"
    if fate < 0.13 and n == 1 and not last:
        return "error"
    if 0.13 <= fate < 0.15:
        return "cancelled"
    if 0.15 <= fate < 0.156:
        return "unpriced"
    if 0.156 <= fate < 0.160:
        return "usage_missing"
    return "estimated" if 0.160 <= fate < 0.170 else "ok"


def _attempt(dice: random.Random, plain: RequestRecord, served: Served, n: int, at: int,
             sent: int, written: int, kind: str) -> AttemptRecord:  # fmt: skip
    thinking = written * dice.randrange(2, 6) if served is REASONING else None
    output = written + (thinking or 0)
    cached = sent // 2 if dice.random() < 0.3 else 0
    writing = int(output / served.tokens_per_second * 1e6)
    ttft = dice.randrange(80_000, 700_000)
    good = an_attempt(
        request_id=plain.id, n=n, started_us=at, tier=served.tier.value, model=served.model,
        endpoint=served.endpoint, simulated=plain.simulated, uncached_input=sent - cached,
        cache_read=cached, output=output, reasoning=thinking,
        verdict=dice.choice([Verdict.PASSED, Verdict.PASSED, Verdict.UNVERIFIED, None]),
        cost_pico=(sent - cached) * served.input + cached * served.cached + output * served.output,
        **prices(served), duration_us=ttft + writing, ttft_us=ttft,
    )  # fmt: skip
    return _spoiled(good, kind)


def _spoiled(good: AttemptRecord, kind: str) -> AttemptRecord:
    free: dict[str, Any] = {"uncached_input": 0, "cache_read": 0, "output": 0, "reasoning": None,
            "cost_pico": 0, "cost_state": CostState.FREE, "verdict": None,
            "finish_reason": None, "ttft_us": None, **NO_PRICE}  # fmt: skip
    match kind:
        case "rejected":
            return replace(good, verdict=Verdict.FAILED)
        case "timeout":
            return replace(good, status=AttemptStatus.TIMEOUT, http_status=None, duration_us=30_000_000,
                           error="no first byte within 30 s", **free)  # fmt: skip
        case "error":
            return replace(good, status=AttemptStatus.ERROR, http_status=503, duration_us=41_000,
                           error="server overloaded", **free)  # fmt: skip
        case "cancelled":
            return replace(good, status=AttemptStatus.CANCELLED, verdict=None, finish_reason=None,
                           usage_estimated=True, cost_state=CostState.ESTIMATED)  # fmt: skip
        case "unpriced":
            return replace(good, cost_pico=None, cost_state=CostState.UNPRICED, **NO_PRICE)
        case "usage_missing":
            return replace(good, uncached_input=None, cache_read=None, cache_write=None, output=None,
                           reasoning=None, cost_pico=None, cost_state=CostState.USAGE_MISSING)  # fmt: skip
        case "estimated":
            return replace(good, usage_estimated=True, cost_state=CostState.ESTIMATED)
        case _:
            return good


def _settle(dice: random.Random, plain: RequestRecord, made: Sequence[AttemptRecord], sent: int,
            written: int, first: Served) -> RequestRecord:  # fmt: skip
    final = made[-1]
    answered = final.status in (AttemptStatus.OK, AttemptStatus.CANCELLED)
    upstream = sum(attempt.duration_us for attempt in made)
    gateway = dice.randrange(350, 1_400)
    baseline = sent * FRONTIER.input + written * FRONTIER.output if answered else None
    unpriced = any(attempt.cost_pico is None for attempt in made)
    return replace(
        plain,
        tier=final.tier if answered else None, model=final.model if answered else None,
        endpoint=final.endpoint if answered else None, simulated=plain.simulated and answered,
        outcome=_outcome(made), verdict=final.verdict, http_status=200 if answered else 502,
        error_code=None if answered else "upstream_exhausted", attempts=len(made),
        uncached_input=_total([a.uncached_input for a in made]),
        cache_read=_total([a.cache_read for a in made]),
        cache_write=_total([a.cache_write for a in made]),
        output=_total([a.output for a in made]), reasoning=final.reasoning,
        usage_estimated=any(a.usage_estimated for a in made),
        cost_pico=_total([a.cost_pico for a in made]), cost_state=_state(made),
        baseline_model=BASELINE if answered else None,
        baseline_pico=None if unpriced else baseline,
        duration_us=upstream + gateway, gateway_us=gateway, upstream_us=upstream,
        ttft_us=_first_token(plain, final), trace=_trace(first, None, difficulty=plain.difficulty),
    )  # fmt: skip


def _first_token(plain: RequestRecord, final: AttemptRecord) -> int | None:
    if final.ttft_us is None:
        return None
    return final.started_us - plain.started_us + final.ttft_us


def _total(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _state(made: Sequence[AttemptRecord]) -> str:
    states = {attempt.cost_state for attempt in made}
    worst = (CostState.USAGE_MISSING, CostState.UNPRICED, CostState.ESTIMATED, CostState.PRICED)
    return next((state for state in worst if state in states), CostState.FREE)


def _outcome(made: Sequence[AttemptRecord]) -> str:
    final = made[-1]
    if final.status is AttemptStatus.CANCELLED:
        return Outcome.CANCELLED
    if final.status is not AttemptStatus.OK:
        return Outcome.EXHAUSTED
    if any(attempt.verdict is Verdict.FAILED for attempt in made[:-1]):
        return Outcome.ESCALATED
    return Outcome.ACCEPTED if final.verdict is Verdict.PASSED else Outcome.UNVERIFIED


def _trace(chosen: Served | None, note: str | None, *, difficulty: float | None) -> str:
    first = SERVED.index(chosen) if chosen else len(SERVED)
    candidates = [
        {"model": s.model, "endpoint": s.endpoint, "p_success": s.p_success,
         "expected_output": 400, "expected_cost_usd": exact_usd(PicoUSD(400 * s.output)),
         "meets_target": s.p_success >= 0.8}
        for s in SERVED[first:]
    ]  # fmt: skip
    removed = [
        {"model": s.model, "endpoint": s.endpoint,
         "reason": "context: needs 9,200 tokens, serves 8,192"}
        for s in SERVED[:first]
    ]  # fmt: skip
    return json.dumps({
        "rule": "cheapest-good-enough",
            "quality_target": 0.8, "note": note, "candidates": candidates, "removed": removed,
        "signals": {"difficulty": difficulty, "input_tokens": 412, "classifier": "features-v1"},
        "hints": {"task": None, "data_class": "internal"},
    })  # fmt: skip


def _day(unix_us: int) -> str:
    return datetime.fromtimestamp(unix_us // 1_000_000, UTC).date().isoformat()
