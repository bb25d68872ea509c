"""One case: its facts, the gateway's decision on them, and what of it is not as expected. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import orjson

from router.classify.port import Classifier
from router.domain.caller import Caller
from router.domain.decision import Decision
from router.domain.facts import Facts, Hints, Signals
from router.domain.kinds import DataClass
from router.ingress.openai import ChatRequest, parse_chat, parse_pin
from router.policy.cases_document import ExpectPart, GivenPart
from router.policy.decide import decide
from router.policy.documents import Bundle
from router.policy.facts import gather_facts

_USUAL_INPUT = 200
"""Tokens of a request that says nothing of its length."""


def decided(given: GivenPart, bundle: Bundle, at: datetime, classifier: Classifier) -> Decision:
    """What the gateway would decide. Raises InvalidRequest for a `model` that names no tier."""
    facts = facts_of(given, bundle.policy.default_data_class, at, classifier)
    return decide(facts, bundle.policy, bundle.catalog, bundle.prices, frozenset(given.unhealthy))


def facts_of(given: GivenPart, default: DataClass, at: datetime, classifier: Classifier) -> Facts:
    """The facts of a case: read from its prompt, where there is one, with what is given in their place."""
    moment = given.time or at
    if given.prompt is None:
        return _stated(given, default, moment)
    request = _request(given, given.prompt)
    hints = Hints(
        given.task, given.workload, given.data_class, given.min_tier, given.quality, dict(given.tags)
    )
    return gather_facts(
        _caller(given),
        request.pin,
        hints,
        request.conversation,
        frozenset(given.capabilities),
        request.greedy,
        _signals(given, classifier.classify(request.conversation)),
        default,
        moment,
    )


def _stated(given: GivenPart, default: DataClass, moment: datetime) -> Facts:
    """Nothing was read: what is not given is not known."""
    return Facts(
        caller=_caller(given),
        pin=parse_pin(given.model),
        workload=given.workload,
        task=given.task,
        difficulty=given.difficulty,
        confidence=given.confidence,
        data_class=given.data_class or default,
        language=given.language,
        capabilities=frozenset(given.capabilities),
        input_tokens=_USUAL_INPUT if given.input_tokens is None else given.input_tokens,
        max_output_tokens=given.max_output_tokens,
        min_tier=given.min_tier,
        quality=given.quality,
        greedy=False,
        now=moment,
        tags=dict(given.tags),
        classifier_failed=given.classifier_failed,
    )


def _signals(given: GivenPart, read: Signals) -> Signals:
    """What was read, with what is given in its place; a given difficulty replaces the reading too."""
    if given.difficulty is not None:
        read = replace(read, difficulty=given.difficulty, reading=None)
    if given.confidence is not None:
        read = replace(read, confidence=given.confidence)
    if given.language != "und":
        read = replace(read, language=given.language)
    return read if given.input_tokens is None else replace(read, input_tokens=given.input_tokens)


def _request(given: GivenPart, prompt: str) -> ChatRequest:
    limit = {} if given.max_output_tokens is None else {"max_tokens": given.max_output_tokens}
    message = {"role": "user", "content": prompt}
    return parse_chat(orjson.dumps({"model": given.model, "messages": [message], **limit}), {})


def _caller(given: GivenPart) -> Caller:
    return Caller(
        given.key,
        given.organisation,
        given.team,
        given.project,
        frozenset(given.allowed_tiers),
        frozenset(given.allowed_models),
    )


def differences(decision: Decision, expect: ExpectPart) -> Iterator[str]:
    """What is not as expected, in words."""
    candidates = decision.candidates
    first = candidates[0] if candidates else None
    if expect.rule is not None and decision.rule.name != expect.rule:
        yield f"rule is {decision.rule.name}, not {expect.rule}"
    if expect.denied is not None:
        if decision.denied is None:
            yield f"not denied: {_told(decision)}"
        elif expect.denied not in decision.denied:
            yield f"denied with {decision.denied!r}, without the words {expect.denied!r}"
        return
    if expect.no_candidate:
        if candidates or decision.denied is not None:
            yield f"not without a candidate: {_told(decision)}"
        return
    wanted = {"tier": expect.tier, "model": expect.model, "endpoint": expect.endpoint}
    found = {
        "tier": first and first.model.tier,
        "model": first and first.model.name,
        "endpoint": first and first.endpoint.id,
    }
    for what, name in wanted.items():
        if name is not None and found[what] != name:
            yield f"{what} is {found[what] or 'none'}, not {name}: {_told(decision)}"
    names = [candidate.model.name for candidate in candidates]
    if expect.order and names[: len(expect.order)] != expect.order:
        yield f"order is {', '.join(names) or 'empty'}, not {', '.join(expect.order)}"
    for name in expect.never:
        if name in names:
            yield f"{name} is candidate {names.index(name) + 1}, and never may be one"
    for candidate in candidates:
        if expect.residency and candidate.endpoint.residency not in expect.residency:
            place = f"{candidate.endpoint.id} is in {candidate.endpoint.residency}"
            yield f"candidate {place}, not in {', '.join(expect.residency)}"


def _told(decision: Decision) -> str:
    """A decision in one line."""
    if decision.denied is not None:
        return f"rule {decision.rule.name} denies: {decision.denied}"
    if not decision.candidates:
        removed = "; ".join(f"{one.endpoint}: {one.reason}" for one in decision.removed)
        return f"rule {decision.rule.name} leaves no candidate ({removed})"
    names = ", ".join(candidate.model.name for candidate in decision.candidates)
    return f"rule {decision.rule.name} gives {names}"
