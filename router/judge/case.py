"""A ticket whose answer went out -> what a judge needs of it, and nothing of who wrote the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router import telemetry
from router.domain.catalog import Catalog
from router.domain.declared import ReferenceKind
from router.domain.judgement import CompareWith
from router.ingress.openai import ChatRequest
from router.judge.book import Order
from router.judge.question import transcript, without_names
from router.ticket import Ticket

_LONGEST_BASELINE = 4096
"""Tokens of a baseline answer bought to compare with."""
_NOT_SENT = frozenset({"stream", "stream_options", "max_completion_tokens", "n", telemetry.DECLARED_FIELD})


@dataclass(frozen=True, slots=True)
class Case:
    """One answer to be judged, `names` of models taken out. `other` is what it is compared with, of
    `other_model` if a model wrote it or is to write it: then `payload` and `most_output` buy it."""

    order: Order
    asked: str
    answer: str
    judged_model: str
    compared: CompareWith | None
    other: str | None
    other_model: str | None
    payload: dict[str, Any]
    most_output: int
    names: frozenset[str]
    keep_reason: bool


def case_of(ticket: Ticket) -> Case | None:
    """None where there is no text to judge, or the request holds what a text cannot show."""
    request, answer, facts, decision = ticket.request, ticket.answer, ticket.facts, ticket.decision
    assert request is not None and answer is not None and facts is not None and decision is not None
    judge = decision.rule.judge
    assert judge is not None
    asked = transcript(request.payload["messages"])
    text = _text(answer.completion) if request.choices == 1 and answer.broken is None else None
    if asked is None or text is None:
        return None
    served = answer.candidate.model.name
    compared, other, other_model = _other(ticket, request, judge.compare_with, served)
    names = _names(ticket.bundle.catalog)
    return Case(
        Order(ticket.id, answer.n, decision.rule, judge, facts, ticket.bundle, ticket.keeps_texts),
        asked,
        without_names(text, names),
        served,
        compared,
        other,
        other_model,
        {name: value for name, value in request.payload.items() if name not in _NOT_SENT},
        min(request.max_output_tokens or _LONGEST_BASELINE, _LONGEST_BASELINE),
        names,
        ticket.store_prompt and ticket.keeps_texts,
    )


def _other(
    ticket: Ticket, request: ChatRequest, wanted: CompareWith, served: str
) -> tuple[CompareWith | None, str | None, str | None]:
    reference = request.declared.reference
    if wanted is CompareWith.REFERENCE and reference is not None:
        first = reference.texts[0]
        named = reference.options.get(first) if reference.kind is ReferenceKind.CHOICE else None
        return wanted, first if named is None else f"{first}: {named}", None
    assert ticket.facts is not None
    baseline = ticket.bundle.policy.baseline_for(ticket.facts.workload).model
    if wanted is CompareWith.BASELINE and baseline != served:
        return wanted, None, baseline
    return None, None, None


def _text(completion: Mapping[str, Any] | None) -> str | None:
    choices = (completion or {}).get("choices") or ()
    message = choices[0].get("message") or {} if choices else {}
    text = message.get("content")
    return text if isinstance(text, str) and text.strip() and not message.get("tool_calls") else None


def _names(catalog: Catalog) -> frozenset[str]:
    """How a model of the catalog might call itself."""
    names = set(catalog.models)
    for model in catalog.models.values():
        names |= {endpoint.upstream_model for endpoint in model.endpoints}
    return frozenset(names | {name.rpartition("/")[2] for name in names})
