"""Confined data never leaves to where it may not go, by any way out: random policies, catalogs and faults.

The oracle is written out here and knows nothing of the code it judges: of each request that an upstream was
sent, its mark says its class, and the policy's own words where that class may go.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest
from sqlalchemy import Engine

from router.domain.catalog import Catalog
from router.domain.facts import Signals
from router.domain.judgement import CompareWith, Judge
from router.domain.kinds import DataClass, Task, Tier
from router.domain.money import PicoUSD
from router.domain.policy import Match, Policy, Rule
from router.domain.prices import PriceBook
from router.domain.rollout import ENFORCED
from router.otlp import OtlpTracer
from router.policy.documents import Bundle
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from tests.contract.collector import Collector
from tests.egress.house import House, house
from tests.egress.recording import Fault
from tests.lifecycle.random_policies import MATCHES, NAMES, PLACES, ROLLOUTS, rules
from tests.policy import build

RICH = PicoUSD(10**15)
LIMITS = st.dictionaries(
    st.sampled_from(tuple(DataClass)), st.frozensets(st.sampled_from(PLACES), min_size=1), max_size=4
)
REQUESTS = st.lists(
    st.tuples(
        st.none() | st.sampled_from(tuple(DataClass)),  # the app's label
        st.none() | st.sampled_from(tuple(DataClass)),  # what a detector finds
        st.sampled_from(("answered", "unread")),  # whether the classifier answers
        st.booleans(),  # a stream
        st.sampled_from(("auto", "auto/frontier", "auto/small", *NAMES)),
    ),
    min_size=1,
    max_size=5,
)


@st.composite
def endpoints_and_rules(draw: st.DrawFn) -> Bundle:
    """Models in random places; rules of every kind, most of them with a judge."""
    models = []
    for name in NAMES[: draw(st.integers(1, 4))]:
        spots = [
            build.endpoint(
                f"{name}-{n}",
                name,
                residency=draw(st.sampled_from(PLACES)),
                max_retries=draw(st.integers(0, 2)),
            )
            for n in range(draw(st.integers(1, 2)))
        ]
        models.append(build.model(name, draw(st.sampled_from(tuple(Tier))), 0.8, *spots))
    some = [draw(_rules(f"r{n}")) for n in range(draw(st.integers(0, 2)))]
    default = replace(draw(_rules("default")), match=Match(), when=None, rollout=ENFORCED)
    policy = build.policy(*some, default, residency=draw(LIMITS), default_data_class=DataClass.INTERNAL)
    policy = replace(
        policy, baseline=replace(policy.baseline, model="a", holdout=draw(st.sampled_from((0, 0.5))))
    )
    book = build.prices(**dict.fromkeys(NAMES, (10, 20)))
    return _bundle(policy, build.catalog(*models), book)


@st.composite
def _rules(draw: st.DrawFn, name: str) -> Rule:
    rule = draw(rules(name, draw(MATCHES)))
    judge = Judge(
        draw(st.sampled_from(NAMES)), 1.0, draw(st.sampled_from(tuple(CompareWith))), RICH, None, None, 64
    )
    return replace(
        rule,
        deny=None if draw(st.integers(0, 3)) else rule.deny,
        judge=draw(st.none() | st.just(judge)),
        rollout=draw(ROLLOUTS),
        max_cost_pico=None,
        samples=rule.samples,
    )


def _bundle(policy: Policy, catalog: Catalog, prices: PriceBook) -> Bundle:
    return Bundle(catalog, prices, policy, "0" * 16, build.NOW, ())


def may_go(limits: Mapping[DataClass, frozenset[str]], data_class: DataClass) -> frozenset[str]:
    """In the words of the documents: the class's own places; else those of the next laxer class; restricted
    data that nobody speaks of stays on the premises."""
    order = [DataClass.PUBLIC, DataClass.INTERNAL, DataClass.CONFIDENTIAL, DataClass.RESTRICTED]
    known = [limits[one] for one in order[: order.index(data_class) + 1] if one in limits]
    places = known[-1] if known else frozenset(PLACES)
    if data_class is DataClass.RESTRICTED and DataClass.RESTRICTED not in limits:
        places = places & {"on-premises"}
    return places


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = ledger_engine(f"sqlite:///{tmp_path_factory.mktemp('egress') / 'ledger.sqlite'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


NUMBERS = itertools.count()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    endpoints_and_rules(),
    REQUESTS,
    st.lists(st.sampled_from(tuple(Fault)), max_size=30),
    st.none() | st.sampled_from(PLACES),
    st.integers(0, 2**32),
)
def test_confined_data_stays(
    tmp_path: Path,
    engine: Engine,
    collector: Collector,
    caplog: pytest.LogCaptureFixture,
    bundle: Bundle,
    requests: list[Any],
    faults: list[Fault],
    ledger: str | None,
    seed: int,
) -> None:
    """What upstreams were sent, and what journal, log, metrics and spans hold."""
    limits = bundle.policy.residency
    marks: dict[str, DataClass] = {}

    async def run() -> tuple[House, bytes]:
        folder = tmp_path / str(next(NUMBERS))
        script = itertools.chain(faults, itertools.repeat(Fault.NONE))
        tracer = OtlpTracer(collector.url)
        kept_texts = {"ledger_residency": ledger, "store_prompts": True}
        try:
            async with house(folder, bundle, script, engine, tracer, **kept_texts) as one:
                for number, request in enumerate(requests):
                    await _ask(one, request, f"mark{seed}x{number}z", marks, bundle)
        finally:
            tracer.close()
        return one, one.kept()

    random.seed(seed)
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "router"):
        one, kept = asyncio.run(run())
    for place, sent in one.recorder.seen:
        [mark] = [mark for mark in marks if mark in sent]
        assert place in may_go(limits, marks[mark]), (place, marks[mark], limits)
    metrics = generate_latest(one.metrics.registry)
    for mark, data_class in marks.items():
        assert mark.encode() not in metrics and mark not in caplog.text
        assert mark.encode() not in collector.bytes
        if ledger not in may_go(limits, data_class) and may_go(limits, data_class) != frozenset(PLACES):
            assert mark.encode() not in kept, (data_class, ledger, limits)
    collector.bytes = b""


async def _ask(one: House, request: Any, mark: str, marks: dict[str, DataClass], bundle: Bundle) -> None:
    label, found, classifier, stream, model = request
    real = [data_class for data_class in (label, found if classifier == "answered" else None) if data_class]
    held = max([*real] if label else [DataClass.INTERNAL, *real], key=lambda one: one.rank)
    marks[mark] = held
    one.classifier.signals = (
        Signals(Task.WRITING, 0.4, 0.8, "en", found, 12) if classifier == "answered" else None
    )
    payload: dict[str, Any] = {
        "model": model,
        "stream": stream,
        "messages": [{"role": "user", "content": f"Tell me of {mark}"}],
        "metadata": {"tiergate_reference": mark, "tiergate_reference_kind": "exact"},
    }
    before = len(one.recorder.seen)
    client = await one.ask(payload, {} if label is None else {"x-tiergate-data-class": label})
    assert client.status
    places = may_go(bundle.policy.residency, held)
    if not any(e.residency in places for m in bundle.catalog.models.values() for e in m.endpoints):
        assert len(one.recorder.seen) == before
        assert client.status in (403, 404), client.sent
