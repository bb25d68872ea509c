"""Who is told to act when nothing may serve a request: the app, the owner of the key, or the admin."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from router.domain.caller import Caller
from router.domain.catalog import Model, ServingProfile
from router.domain.facts import Pin
from router.domain.kinds import Capability, DataClass, Task, Tier
from router.domain.policy import Rule
from router.errors import InvalidRequest, NoCandidate, NotAllowed, TiergateError
from router.policy.decide import decide
from router.policy.refuse import refusal
from tests.policy import build

HOME = frozenset({"on-premises"})
ROOMY = replace(build.BIG, endpoints=(replace(build.BIG.endpoints[0], context=200_000),))
TWO = (build.SMALL, ROOMY)
LONG = 40_000
"""Tokens: more than the 32,000 of the small model, fewer than the 200,000 of the big one."""
TOO_LONG = 300_000
ONLY_SMALL = Caller("k", "o", "t", "p", frozenset({Tier.SMALL}))
ONLY_SMALL_MAY = "may use auto/small. An admin or the lead of its team can make one that may use more."
SMALL_RULE = build.rule(tiers=(Tier.SMALL,))


def refused(*models: Model, rule: Rule | None = None, **facts: Any) -> TiergateError:
    """What the app is told about a request that no model may serve."""
    policy = build.policy(rule or build.rule(), residency={DataClass.RESTRICTED: HOME})
    given, catalog = build.facts(**facts), build.catalog(*models)
    decision = decide(given, policy, catalog, build.PRICES)
    assert not decision.candidates
    return refusal(decision, given, catalog)


def assert_too_long(error: TiergateError) -> None:
    assert isinstance(error, InvalidRequest)
    assert (error.status, error.code, error.param) == (400, "context_length_exceeded", "messages")
    assert "small on small-1: needs about" in error.message


@pytest.mark.parametrize(
    ("models", "facts"),
    [
        (TWO, {"rule": SMALL_RULE}),
        (TWO, {"pin": Pin("tier", tier=Tier.SMALL)}),
        (TWO, {"pin": Pin("model", model="small")}),
        (
            (build.SMALL, build.MIDDLE, build.BIG),
            {"min_tier": Tier.SMALL, "rule": build.rule(tiers=(Tier.SMALL, Tier.REASONING))},
        ),
        ((build.SMALL, replace(ROOMY, languages=frozenset({"de"}))), {}),
        ((build.SMALL, replace(ROOMY, serves=frozenset({Task.CODE}))), {}),
    ],
    ids=["rule", "tier", "model", "two tiers", "language", "task"],
)
def test_where_the_rule_leads_elsewhere_a_long_prompt_is_the_apps_fault(
    models: tuple[Model, ...], facts: dict[str, Any]
) -> None:
    """Frameworks shorten the prompt on this code, and then the request is served."""
    assert_too_long(refused(*models, input_tokens=LONG, **facts))


def test_a_minimum_tier_does_not_hide_a_long_prompt() -> None:
    """The app's own minimum leaves the big model, which is too small for this one."""
    error = refused(*TWO, min_tier=Tier.FRONTIER, input_tokens=TOO_LONG)
    assert (error.status, error.code) == (400, "context_length_exceeded")
    assert "small-1" not in error.message


@pytest.mark.parametrize(
    ("models", "facts"),
    [
        (TWO, {"caller": ONLY_SMALL}),
        (TWO, {"data_class": DataClass.RESTRICTED}),
        (TWO, {"rule": build.rule(residency=HOME)}),
        (
            (build.SMALL, replace(ROOMY, licence="closed")),
            {"rule": build.rule(licence=frozenset({"Apache-2.0"}))},
        ),
        (TWO, {"rule": build.rule(max_cost_pico=1)}),
        ((build.SMALL, replace(ROOMY, name="unpriced")), {}),
    ],
    ids=["key", "data class", "residency", "licence", "cost", "price"],
)
def test_what_the_app_may_not_overrule_stays_a_refusal_of_permission(
    models: tuple[Model, ...], facts: dict[str, Any]
) -> None:
    """The big model could serve the prompt as it is, and only this keeps it from doing so."""
    error = refused(*models, input_tokens=LONG, **facts)
    assert isinstance(error, NoCandidate)
    assert (error.status, error.code) == (403, "no_admissible_candidate")


@pytest.mark.parametrize(
    "facts",
    [
        {"caller": ONLY_SMALL, "input_tokens": TOO_LONG},
        {"data_class": DataClass.RESTRICTED, "input_tokens": TOO_LONG},
        {"caller": ONLY_SMALL, "input_tokens": LONG, "rule": SMALL_RULE},
    ],
    ids=["key", "data class", "key and rule"],
)
def test_a_model_that_could_not_serve_it_anyway_stands_in_nobodys_way(facts: dict[str, Any]) -> None:
    """With the permission the request would be refused all the same: the app must act."""
    assert_too_long(refused(*TWO, **facts))


def test_a_forbidden_model_tells_nothing_of_itself() -> None:
    """A key that may use none of what was asked for hears that alone, however long its prompt."""
    error = refused(*TWO, pin=Pin("model", model="big"), caller=ONLY_SMALL, input_tokens=TOO_LONG)
    assert isinstance(error, NotAllowed)
    assert "200000" not in error.message
    assert error.message.endswith(f"; it {ONLY_SMALL_MAY}")


def test_a_key_that_leaves_nothing_for_a_task_says_what_it_may_and_who_can_help() -> None:
    """The one tier that the key may use does not serve the task; without its boundary no word of keys."""
    coder = replace(build.SMALL, serves=frozenset({Task.CODE}))
    error = refused(coder, ROOMY, task=Task.MATH, caller=ONLY_SMALL)
    assert (error.status, error.code) == (403, "no_admissible_candidate")
    assert "small on small-1: does not serve math" in error.message
    assert error.message.endswith(f" This key {ONLY_SMALL_MAY}")
    assert "key" not in refused(coder, task=Task.MATH).message


def test_what_the_policy_alone_removes_is_not_the_apps_fault() -> None:
    """No endpoint was removed for the request's needs."""
    assert isinstance(refused(build.BIG, rule=SMALL_RULE), NoCandidate)
    assert isinstance(refused(build.BIG, data_class=DataClass.RESTRICTED), NoCandidate)


def test_a_shorter_prompt_is_asked_for_only_where_it_helps() -> None:
    """A model without the capability is no hindrance; one that refuses greedy sampling could serve it."""
    tools = frozenset({Capability.TOOLS})
    able = replace(build.SMALL, capabilities=tools)
    assert_too_long(refused(able, ROOMY, capabilities=tools, input_tokens=LONG))
    strict = replace(ROOMY, profile=ServingProfile("qwq", {}, forbid_greedy=True))
    assert refused(build.SMALL, strict, greedy=True, input_tokens=LONG).code == "unsupported_by_model"
    assert refused(build.SMALL, capabilities=tools, input_tokens=LONG).code == "unsupported_by_model"


def test_the_languages_and_tasks_of_a_model_come_before_its_size() -> None:
    """So that whoever is removed for its size would serve a shorter prompt."""
    coder = replace(build.SMALL, serves=frozenset({Task.CODE}))
    assert isinstance(refused(coder, task=Task.MATH, input_tokens=LONG), NoCandidate)


def test_nothing_active() -> None:
    """A catalog without an endpoint of what was asked for is the admin's."""
    error = refused(build.SMALL, pin=Pin("tier", tier=Tier.FRONTIER))
    assert (error.status, error.code) == (403, "no_active_endpoint")


def test_denied() -> None:
    """A rule that denies says so in the admin's words."""
    error = refused(*TWO, rule=build.rule(deny="not here"))
    assert (error.code, error.message) == ("denied_by_policy", "Rule 'default': not here.")
