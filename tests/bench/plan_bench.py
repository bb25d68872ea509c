"""A plan over a ledger: reading rows, reading kept days, deciding again; one process, one core.

Run as `python -m tests.bench.plan_bench [ROWS]`; prints the figures of PLAN.md. Rows are those that the
gateway writes under the shipped policy, with the traces of real decisions.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import insert

from router.classify.learned import LearnedClassifier
from router.classify.query_model import load
from router.clock import SystemClock
from router.decision_trace import trace_of
from router.domain.budget import Budget, Enforcement, Scope
from router.domain.budget_period import PeriodKind, Zone
from router.domain.caller import Caller
from router.domain.kinds import Tier
from router.domain.money import PicoUSD
from router.domain.records import RequestRecord
from router.ingress.openai import parse_chat
from router.lifecycle.compare import Comparison, compare
from router.lifecycle.crossed import Crossed, crossed
from router.lifecycle.measured import Measured
from router.lifecycle.past import Past, Window
from router.lifecycle.past_cache import PastCache
from router.meter.bill import Bill
from router.policy.decide import decide
from router.policy.documents import Bundle, load_documents
from router.policy.facts import gather_facts
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from router.record.tables import requests
from router.ticket import Ticket
from tests.record import rows

POLICIES = Path(__file__).parents[2] / "policies"
DAYS, DISTINCT, TEAMS, KEYS = 5, 4_000, 8, 60
TEXTS = (
    "What is {n} * 17? Show the steps.",
    "Write a Python function that returns the {n} largest numbers of a list.",
    "Is this review positive or negative: I liked {n} of 10 things.",
    "Wer war im Jahr 18{n} Kanzler?",
    "Prove that the sum of the first {n} odd numbers is a square.",
    "Summarise this in one sentence: " + "the year had {n} good days and many others. " * 12,
)
T = TypeVar("T")


def decided(bundle: Bundle) -> Iterator[RequestRecord]:
    """Rows with what the gateway would have written of their decisions."""
    classifier, clock = LearnedClassifier(load()), SystemClock()
    for n in range(DISTINCT):
        text = TEXTS[n % len(TEXTS)].format(n=n // len(TEXTS))
        body = {"model": "auto", "messages": [{"role": "user", "content": text}]}
        ticket = Ticket("id", 0, 0, datetime.now(UTC), None, bundle, Bill("id", clock), False, None)
        ticket.request = request = parse_chat(orjson.dumps(body), {})
        ticket.caller = caller = Caller(f"key{n % KEYS:09}", "acme", f"team-{n % TEAMS}", "site")
        ticket.signals = signals = classifier.classify(request.conversation)
        ticket.facts = facts = gather_facts(
            caller, request.pin, request.hints, request.conversation, request.capabilities, request.greedy,
            signals, bundle.policy.default_data_class, ticket.now,
        )  # fmt: skip
        ticket.decision = decision = decide(facts, bundle.policy, bundle.catalog, bundle.prices)
        first = decision.candidates[0]
        yield rows.request(
            "id", organisation=caller.organisation, team=caller.team, project=caller.project,
            key_id=caller.key_id, task=str(facts.task), difficulty=facts.difficulty,
            confidence=facts.confidence, language=facts.language, data_class=str(facts.data_class),
            rule=decision.rule.name, policy_digest=bundle.digest, tier=str(first.model.tier),
            model=first.model.name, endpoint=first.endpoint.id, cost_pico=int(first.expected_cost * 1.1),
            trace=orjson.dumps(trace_of(ticket)).decode(),
        )  # fmt: skip


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Result and CPU seconds of this process."""
    begin = time.process_time()
    return work(), time.process_time() - begin


def main(count: int) -> None:
    bundle = load_documents(POLICIES, {}, datetime.now(UTC))
    changed = replace(bundle, digest="changed", policy=_changed(bundle))
    made = [asdict(row) for row in decided(bundle)]
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first_us = int((today - timedelta(days=DAYS + 1)).timestamp()) * 1_000_000
    step = DAYS * 86_400_000_000 // count
    with tempfile.TemporaryDirectory() as folder:
        engine = ledger_engine(f"sqlite:///{folder}/ledger.sqlite")
        migrate(engine)
        with engine.begin() as connection:
            for start in range(0, count, 5_000):
                connection.execute(
                    insert(requests),
                    [_row(made, n, first_us + n * step) for n in range(start, min(count, start + 5_000))],
                )
        window = Window(first_us, first_us + DAYS * 86_400_000_000)
        cache = PastCache(engine, Path(folder))
        past, reading = timed(lambda: cache.read(window, lambda _: None))
        again, cached = timed(lambda: PastCache(engine, Path(folder)).read(window, lambda _: None))
        assert len(past) == len(again) == count
        found, deciding = timed(lambda: compare(again, bundle, changed, lambda _: None))
        budgets, crossing = timed(lambda: _crossed(again, found, bundle, changed, window))
        many = replace(bundle, budgets=replace(bundle.budgets, all=_twenty()))
        twenty, crossing_many = timed(lambda: _crossed(again, found, many, many, window))
        engine.dispose()
    assert len(budgets.judged) == 1 and len(twenty.judged) == 20 and twenty.periods
    assert found.as_recorded == found.comparable == count
    print(
        f"{count:,} requests, {len(past.columns.profiles):,} profiles, {len(bundle.policy.rules)} rules, "
        f"{sum(len(m.endpoints) for m in bundle.catalog.models.values())} active endpoints; "
        f"{found.otherwise:,} decided otherwise, {found.through_decide:,} through decide()"
    )
    for what, seconds in (
        ("reading rows from SQLite, first time", reading),
        ("reading them from kept days", cached),
        ("deciding under both policies and summing", deciding),
        ("the shipped budget's crossings", crossing),
        ("twenty budgets' crossings", crossing_many),
        ("deciding and crossings together", deciding + crossing),
        ("kept days, deciding and crossings together", cached + deciding + crossing),
    ):
        print(f"| {what} | {seconds:.2f} s | {count / seconds:,.0f} |")


def _crossed(past: Past, found: Comparison, before: Bundle, after: Bundle, window: Window) -> Crossed:
    return crossed(past, found.chosen, (before, after), window, (), Measured({}, {}, {}))


def _twenty() -> tuple[Budget, ...]:
    """Daily, by team and by tier, each crossed."""
    scopes = [Scope(team=(f"team-{n % TEAMS}",)) for n in range(16)]
    scopes += [Scope(), *(Scope(tier=frozenset({tier})) for tier in Tier)]
    limit, soft = PicoUSD(10**9), Enforcement.SOFT
    return tuple(
        Budget(f"budget-{n}", scope, PeriodKind.DAY, Zone("UTC"), limit, soft, thresholds=(50, 80, 100))
        for n, scope in enumerate(scopes)
    )


def _row(made: list[dict[str, Any]], n: int, started_us: int) -> dict[str, Any]:
    day = datetime.fromtimestamp(started_us / 1e6, UTC).date().isoformat()
    return {**made[random.randrange(len(made))], "id": f"{n:032}", "started_us": started_us, "day": day}


def _changed(bundle: Bundle) -> Any:
    rules = tuple(
        replace(rule, quality_target=0.85) if rule.name == "default" else rule for rule in bundle.policy.rules
    )
    return replace(bundle.policy, rules=rules)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
