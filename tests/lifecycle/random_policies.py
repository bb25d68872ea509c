"""Random requests, catalogs, prices and policies for hypothesis: everything a decision can depend on."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from router.domain.ability import Abilities, Estimate
from router.domain.acceptance import Acceptance
from router.domain.caller import Caller
from router.domain.catalog import Catalog, Endpoint, Model, ServingProfile
from router.domain.facts import Facts, Pin, Previous
from router.domain.kinds import (
    Capability,
    Confidence,
    DataClass,
    Objective,
    OnError,
    Task,
    Tier,
    VerifierName,
    VerifyMode,
)
from router.domain.load import Load
from router.domain.money import PicoUSD
from router.domain.policy import Match, Policy, Rule, Span, TimeWindow
from router.domain.prices import Price, PriceBook
from router.domain.rates import Rates
from router.domain.reading import Reading
from router.domain.rollout import ENFORCED, Rollout, RuleMode, Sticky
from router.domain.variants import Variants, Window
from router.lifecycle.replay.collect import Seen
from router.policy.check_rates import MEASURED
from router.policy.when import condition
from tests.policy import build

START = datetime(2026, 3, 1, tzinfo=UTC)
TEAMS, WORKLOADS, PLACES = ("search", "ads"), ("batch-night", "chat"), ("us", "eu", "on-premises")
NAMES = ("a", "b", "c", "d")
CHECKS = (VerifierName.MATHEMATICS, VerifierName.STRUCTURE)
UNIT = st.floats(0.0, 1.0)
BOTH = frozenset({Capability.TOOLS, Capability.VISION})
CAPABILITIES = st.frozensets(st.sampled_from(sorted(BOTH)))
MAYBE = st.booleans()


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _rarely(common: Any, other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly `common`: with every constraint likely, no request would have a candidate left."""
    return st.integers(0, 9).flatmap(lambda n: other if n == 9 else st.just(common))


@st.composite
def _abilities(draw: st.DrawFn) -> Abilities:
    if draw(MAYBE):
        one = Estimate(draw(st.sampled_from((-1.0, 0.5, 2.0))), 0.3, "round")
        return Abilities(dict.fromkeys(Task, one), one)
    estimate = st.builds(Estimate, st.floats(-3, 4), st.floats(0.05, 2.0), st.just("made up"))
    return Abilities({task: draw(estimate) for task in Task}, draw(estimate))


@st.composite
def _model(draw: st.DrawFn, name: str) -> Model:
    endpoints = [
        build.endpoint(
            f"{name}-{n}",
            name,
            context=draw(_rarely(30_000, st.just(2_000))),
            residency=draw(st.sampled_from(PLACES)),
            tokens_per_second=draw(_optional(st.sampled_from((10.0, 33.3)))),
            first_token_s=0.7,
        )
        for n in range(draw(st.sampled_from((1, 1, 2, 0))))
    ]
    base = build.model(name, draw(st.sampled_from(tuple(Tier))), 0.5, *endpoints)
    return Model(
        base.name, base.tier, draw(st.sampled_from(("MIT", "proprietary"))),
        draw(_rarely(BOTH, CAPABILITIES)),
        draw(_rarely(frozenset[str](), st.just(frozenset({"en"})))),
        draw(_rarely(frozenset[Task](), st.just(frozenset({Task.MATH, Task.OTHER})))),
        draw(_abilities()),
        draw(st.dictionaries(st.sampled_from(tuple(Task)), st.integers(1, 3_000))),
        draw(st.integers(1, 2_000)), draw(_optional(st.integers(1, 1_500))),
        draw(_optional(st.just(ServingProfile("calm", {}, forbid_greedy=True)))), tuple(endpoints),
        {(task, VerifierName.MATHEMATICS): Acceptance(50, 20, draw(st.integers(0, 100)))
         for task in draw(st.sampled_from(((), tuple(Task))))},
    )  # fmt: skip


RATES = st.builds(
    Rates,
    st.integers(0, 5_000_000).map(PicoUSD),
    st.integers(0, 50_000_000).map(PicoUSD),
    _optional(st.integers(0, 5_000_000).map(PicoUSD)),
)


@st.composite
def _price(draw: st.DrawFn, model: str, endpoint: str | None, begin: int, end: int | None) -> Price:
    def row(variants: Variants | None = None) -> Price:
        rates = draw(RATES)
        to = None if end is None else START + timedelta(hours=end)
        return Price(
            "p", model, endpoint, rates, rates, START + timedelta(hours=begin), to, "made up", variants
        )

    if draw(MAYBE):
        return row()
    window = draw(_optional(st.sampled_from((Window(60, 400), Window(1_200, 300)))))
    ladders: dict[Any, Any] = {(None, None): ((1_000, row()), (-1, None))}
    if window is not None:
        ladders[(None, window)] = ((5_000, row()), (700, row()), (-1, row()))
    ladders[("flex", None)] = ((-1, row()),)
    return row(Variants(ladders, () if window is None else (window,)))


@st.composite
def _book(draw: st.DrawFn, endpoints: list[Endpoint]) -> PriceBook:
    rows: dict[tuple[str, str | None], tuple[Price, ...]] = {}
    for endpoint in endpoints:
        if draw(st.integers(0, 9)):
            newer = draw(_price(endpoint.model, None, 30, None))
            rows[endpoint.model, None] = (newer, draw(_price(endpoint.model, None, 0, 25)))
        if draw(st.integers(0, 3)) == 0:
            rows[endpoint.model, endpoint.id] = (draw(_price(endpoint.model, endpoint.id, 10, 40)),)
    return PriceBook("made up", rows)


SPAN = st.builds(Span, _optional(st.floats(0, 0.5)), st.floats(0.5, 1.0))
TOKENS = st.builds(Span, st.integers(0, 1_500), _optional(st.integers(1_501, 30_000)))
TIME = st.builds(
    TimeWindow,
    st.frozensets(st.integers(1, 7), min_size=1),
    st.sampled_from((time(0), time(8, 30), time(20))),
    st.sampled_from((time(6), time(18), time.max)),
)
MATCHES = st.builds(
    Match,
    team=st.sampled_from(((), ("search",), ("s*",))),
    workload=st.sampled_from(((), ("batch-*",))),
    task=st.frozensets(st.sampled_from(tuple(Task)), max_size=2),
    data_class=st.sampled_from((frozenset[DataClass](), frozenset({DataClass.RESTRICTED}))),
    language=st.sampled_from((frozenset[str](), frozenset({"en"}))),
    capabilities=CAPABILITIES,
    difficulty=_optional(SPAN),
    confidence=_optional(SPAN),
    input_tokens=_optional(TOKENS),
    tags=st.sampled_from(({}, {"cost": ("x*",)})),
    time=_optional(TIME),
)


CONDITIONS = (
    condition("team == 'search' || pinned"),
    condition("difficulty > 0.4 && input_tokens < 20000"),
    condition("'tools' in capabilities && hour >= 8"),
)
ROLLOUTS = st.just(ENFORCED) | st.builds(
    Rollout, st.sampled_from((RuleMode.SHADOW, RuleMode.CANARY)), UNIT, st.sampled_from(tuple(Sticky))
)


@st.composite
def rules(draw: st.DrawFn, name: str, match: Match) -> Rule:
    action = draw(st.sampled_from(("deny", "tiers", *Objective)))
    target = draw(_optional(st.floats(0.05, 0.99)))
    value, several = action == Objective.VALUE, action == Objective.BEST_OF_N
    mode = VerifyMode.BEFORE_REPLY if several else draw(st.sampled_from(tuple(VerifyMode)))
    return build.rule(
        name,
        match,
        deny="not here" if action == "deny" and match != Match() else None,
        tiers=tuple(draw(st.permutations(tuple(Tier)))[:2]) if action == "tiers" else (),
        objective=action if action in tuple(Objective) else Objective.CHEAPEST,
        residency=draw(_rarely(frozenset[str](), st.just(frozenset({"us", "eu"})))),
        licence=draw(_rarely(frozenset[str](), st.just(frozenset({"MIT"})))),
        quality_target=target,
        confidence=draw(st.sampled_from(tuple(Confidence))),
        max_cost_pico=draw(_rarely(None, st.integers(10**9, 10**11))),
        on_error=draw(st.sampled_from(tuple(OnError))),
        failure_cost_pico=draw(st.integers(0, 10**12)) if value else None,
        latency_cost_pico=draw(_optional(st.integers(0, 10**10))) if value else None,
        samples=2 if several else 1,
        latency_target=draw(_optional(st.sampled_from((5.0, 30.0)))),
        when=None if match == Match() else draw(_optional(st.sampled_from(CONDITIONS))),
        rollout=ENFORCED if match == Match() else draw(ROLLOUTS),
        verify=VerifyMode.NONE if action == "deny" else mode,
    )


@st.composite
def bundles(draw: st.DrawFn) -> tuple[Policy, Catalog, PriceBook]:
    """A policy over a catalog of up to four models and their prices; some endpoints are unpriced."""
    models = [draw(_model(name)) for name in NAMES[: draw(st.integers(1, 4))]]
    catalog = build.catalog(*models)
    book = draw(_book([endpoint for model in models for endpoint in model.endpoints]))
    first = [draw(rules(f"r{n}", draw(MATCHES))) for n in range(draw(st.integers(0, 3)))]
    limits = draw(st.sampled_from(({}, {DataClass.RESTRICTED: frozenset({"on-premises"})})))
    default = draw(rules("default", Match()))
    return build.policy(*first, default, residency=limits, check_rates=MEASURED), catalog, book


@st.composite
def _reading(draw: st.DrawFn) -> Reading:
    tasks = draw(st.lists(st.sampled_from(tuple(Task)), unique=True, max_size=3))
    heads = draw(st.dictionaries(st.sampled_from(NAMES), UNIT, max_size=2))
    return Reading(
        {task: 1.0 / len(tasks) for task in tasks},
        draw(UNIT), draw(UNIT), draw(UNIT), draw(UNIT), draw(st.floats(0.1, 5.0)), heads,
        beyond=draw(st.sampled_from((1.0, 1.4))),
    )  # fmt: skip


LOADS = st.builds(
    Load,
    st.integers(0, 3),
    st.integers(1, 3),
    st.sampled_from((0.0, 2.5, None)),
    MAYBE,
    _optional(st.floats(0.1, 2.0)),
    _optional(st.floats(0.001, 0.2)),
    _rarely(None, st.just("drained")),
)


def _pairs(loads: dict[str, Load]) -> tuple[tuple[str, Load], ...]:
    return tuple(sorted(loads.items()))


PREVIOUS = st.builds(
    Previous,
    st.sampled_from(NAMES),
    st.sampled_from(("a-0", "b-0", "b-1", "gone")),
    st.floats(0, 900),
    st.integers(0, 20_000),
)
PINS = st.just(Pin("auto")) | st.sampled_from(
    (Pin("tier", tier=Tier.SMALL), Pin("tier", tier=Tier.FRONTIER), Pin("model", model="a"))
)


@st.composite
def seen(draw: st.DrawFn) -> Seen:
    """A request, known to the classifier or not."""
    failed = draw(st.integers(0, 9)) == 9
    reading = None if failed or draw(st.integers(0, 2)) == 2 else draw(_reading())
    now = START + timedelta(microseconds=draw(st.integers(0, 60 * 3_600_000_000)))
    label = draw(st.sampled_from(tuple(DataClass)))
    facts = Facts(
        caller=Caller(
            draw(st.sampled_from(("k", "l", "m"))), "org", draw(st.sampled_from(TEAMS)), "p",
            draw(_rarely(frozenset[Tier](), st.just(frozenset({Tier.SMALL, Tier.REASONING})))),
            draw(_rarely(frozenset[str](), st.just(frozenset({"a", "b"})))),
        ),
        pin=draw(_rarely(Pin("auto"), PINS)),
        workload=draw(_optional(st.sampled_from(WORKLOADS))),
        task=draw(_optional(st.sampled_from(tuple(Task)))) if not failed else None,
        difficulty=None if failed else draw(UNIT),
        confidence=None if failed else draw(UNIT),
        data_class=label,
        language=draw(st.sampled_from(("en", "de", "und"))),
        capabilities=draw(_rarely(frozenset(), CAPABILITIES)),
        input_tokens=draw(st.integers(0, 5_000) | st.integers(0, 31_000)),
        max_output_tokens=draw(_optional(st.integers(1, 3_000))),
        min_tier=draw(_rarely(None, st.sampled_from(tuple(Tier)))),
        quality=draw(_optional(UNIT)),
        greedy=draw(MAYBE),
        now=now,
        tags=draw(st.sampled_from(({}, {"cost": "x1"}, {"other": "y"}))),
        classifier_failed=failed,
        reading=reading,
        previous=draw(_optional(PREVIOUS)),
        tool_loop=draw(st.integers(0, 4)) == 4,
        conversation=draw(_optional(st.integers(0, 2**64 - 1))),
    )  # fmt: skip
    unhealthy = draw(st.frozensets(st.sampled_from(("a-0", "b-0", "c-1")), max_size=2))
    checks = draw(st.sampled_from((None, frozenset(CHECKS[1:]), frozenset(CHECKS))))
    loads = draw(_rarely((), st.dictionaries(st.sampled_from(("a-0", "b-0", "b-1")), LOADS).map(_pairs)))
    return Seen(facts, unhealthy, label, None, draw(MAYBE), checks, loads=loads)
