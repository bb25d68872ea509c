"""Fine-tunes put beside the models they are made of: a LoRA adapter runs in its base model's server.

So its endpoint shares the places, the health and the GPU-hours of the base model's endpoint there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from router.domain.catalog import Endpoint, Model
from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed
from router.policy.problems import Findings, choose
from router.policy.yamldoc import Path


def on_their_bases(
    document: Parsed[CatalogDocument], models: Mapping[str, Model], findings: Findings
) -> dict[str, Model]:
    """The models, each adapter's endpoint with the `server` it is in. What is wrong goes to `findings`."""
    found = dict(models)
    for index, part in enumerate(document.content.spec.models):
        model, path = models[part.name], ("spec", "models", index)
        wrong = _wrong_base(model, models)
        if wrong is not None:
            findings.problems.append(document.problem((*path, "base"), wrong))
            continue
        active = {endpoint.id: endpoint for endpoint in model.endpoints}
        placed = []
        for at, one in enumerate(part.endpoints):
            if one.id in active:
                here = (*path, "endpoints", at, "adapter")
                placed.append(_placed(document, here, active[one.id], model, models, findings))
        found[model.name] = replace(model, endpoints=tuple(placed))
    return found


def _wrong_base(model: Model, models: Mapping[str, Model]) -> str | None:
    if model.base is None:
        return None
    base = models.get(model.base)
    if base is None:
        return f"base '{model.base}' does not exist; {choose(model.base, list(models))}"
    if base is model or base.base is not None:
        return f"base '{model.base}' is a fine-tune itself; name the model that it was made of"
    return None


def _placed(
    document: Parsed[CatalogDocument],
    path: Path,
    endpoint: Endpoint,
    model: Model,
    models: Mapping[str, Model],
    findings: Findings,
) -> Endpoint:
    if endpoint.adapter is None:
        return endpoint
    if model.base is None:
        message = f"adapter needs `base` in model {model.name}: the model that its server runs it on"
        findings.problems.append(document.problem(path, message))
        return endpoint
    for other in models[model.base].endpoints:
        if other.target == endpoint.target:
            return replace(endpoint, server=other.id)
    message = f"adapter of endpoint {endpoint.id}: no active endpoint of {model.base} has its base_url"
    findings.problems.append(document.problem(path, message))
    return endpoint
