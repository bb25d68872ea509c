"""RateLimits document to Limits; the models it names must exist."""

from __future__ import annotations

from collections.abc import Sequence

from router.domain.limits import Limit, Limits
from router.policy.document import Parsed
from router.policy.limit_document import LimitDocument, LimitPart
from router.policy.problems import Findings, choose


def compile_limits(document: Parsed[LimitDocument], models: Sequence[str], findings: Findings) -> Limits:
    """The limits. A model that nothing has is a problem: its limit would bind nobody."""
    spec = document.content.spec
    for at, part in enumerate(spec.limits):
        for n, pattern in enumerate(part.model):
            beginning = pattern.removesuffix("*")
            if not any(
                name == pattern or (beginning != pattern and name.startswith(beginning)) for name in models
            ):
                message = f"model '{pattern}': the catalog lacks it; {choose(pattern, list(models))}"
                findings.problems.append(document.problem(("spec", "limits", at, "model", n), message))
    return Limits(tuple(map(_limit, spec.limits)), spec.on_store_error)


def _limit(part: LimitPart) -> Limit:
    return Limit(
        part.name,
        tuple(dict.fromkeys(part.per)),
        tuple(part.organisation),
        tuple(part.team),
        tuple(part.project),
        tuple(part.key),
        tuple(part.model),
        part.requests_per_minute,
        part.tokens_per_minute,
        part.parallel_requests,
    )
