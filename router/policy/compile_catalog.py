"""ModelCatalog document to Catalog: names unique and known, endpoints chosen by the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from router.domain.catalog import (
    Catalog,
    Endpoint,
    Model,
    RepetitionGuard,
    ServingProfile,
    Thinking,
)
from router.domain.kinds import Task
from router.policy.ability.estimate import estimate_abilities
from router.policy.catalog_document import CatalogDocument, ModelPart
from router.policy.compile_base import on_their_bases
from router.policy.compile_endpoint import compile_endpoint, is_active
from router.policy.compile_learned import Learned
from router.policy.compile_url import Env, written_url
from router.policy.document import Parsed
from router.policy.endpoint_document import AnyEndpoint, OpenAIEndpoint
from router.policy.problems import Findings, choose
from router.policy.profile_document import ServingProfilePart
from router.policy.yamldoc import Path

Profiles = Mapping[str, ServingProfile]


def compile_catalog(
    document: Parsed[CatalogDocument], learned: Learned, env: Env, findings: Findings
) -> Catalog:
    """The catalog in this environment, abilities estimated with the evidence of `learned`. What is wrong goes
    to `findings`; the value is then unusable."""
    spec = document.content.spec
    profiles = {name: _profile(name, part) for name, part in spec.serving_profiles.items()}
    _check_names(document, findings)
    models: dict[str, Model] = {}
    for index, part in enumerate(spec.models):
        path: Path = ("spec", "models", index)
        if part.serving_profile is not None and part.serving_profile not in profiles:
            message = f"serving profile '{part.serving_profile}' does not exist; "
            message += choose(part.serving_profile, list(profiles))
            findings.problems.append(document.problem((*path, "serving_profile"), message))
        endpoints = _endpoints(document, path, part, env, findings)
        models.setdefault(part.name, _model(part, learned, profiles, endpoints))
    return Catalog(on_their_bases(document, models, findings))


def endpoint_paths(
    document: Parsed[CatalogDocument],
) -> Iterator[tuple[Path, ModelPart, AnyEndpoint]]:
    """Every endpoint the document declares, active or not, with its path and model."""
    for i, model in enumerate(document.content.spec.models):
        for j, endpoint in enumerate(model.endpoints):
            yield ("spec", "models", i, "endpoints", j), model, endpoint


def _check_names(document: Parsed[CatalogDocument], findings: Findings) -> None:
    models: dict[str, int] = {}
    for index, model in enumerate(document.content.spec.models):
        path: Path = ("spec", "models", index, "name")
        line = document.source.line(path)
        if model.name == "auto" or model.name.startswith("auto/"):
            message = f"model name '{model.name}' is reserved for routing by policy; choose another"
            findings.problems.append(document.problem(path, message))
        if model.name in models:
            message = f"model '{model.name}' is already defined on line {models[model.name]}"
            findings.problems.append(document.problem(path, f"{message}; names must be unique"))
        models.setdefault(model.name, line)
    endpoints: dict[str, int] = {}
    for path, _, endpoint in endpoint_paths(document):
        here = (*path, "id")
        if endpoint.id in endpoints:
            message = f"endpoint '{endpoint.id}' is already defined on line {endpoints[endpoint.id]}"
            findings.problems.append(document.problem(here, f"{message}; ids must be unique"))
        endpoints.setdefault(endpoint.id, document.source.line(here))


def _endpoints(
    document: Parsed[CatalogDocument], path: Path, part: ModelPart, env: Env, findings: Findings
) -> tuple[Endpoint, ...]:
    active = tuple(
        compile_endpoint(document, (*path, "endpoints", index), endpoint, part.name, env, findings)
        for index, endpoint in enumerate(part.endpoints)
        if is_active(endpoint.active, env)
    )
    for index, endpoint in enumerate(part.endpoints):
        if isinstance(endpoint, OpenAIEndpoint) and not is_active(endpoint.active, env):
            written_url(document, (*path, "endpoints", index, "base_url"), endpoint.base_url, findings)
    if not active:
        needs = [needs_of(endpoint) for endpoint in part.endpoints]
        message = f"model {part.name} has no active endpoint: {'; '.join(needs)}"
        findings.notes.append(document.problem((*path, "endpoints"), message))
    return active


def needs_of(endpoint: AnyEndpoint) -> str:
    """What makes an endpoint active, in words."""
    conditions = []
    if endpoint.active and endpoint.active.if_env:
        conditions.append(f"{' or '.join(endpoint.active.if_env)} set")
    if endpoint.active and endpoint.active.unless_env:
        conditions.append(f"{' and '.join(endpoint.active.unless_env)} not set")
    return f"{endpoint.id} needs {' and '.join(conditions)}"


def _model(part: ModelPart, learned: Learned, profiles: Profiles, endpoints: tuple[Endpoint, ...]) -> Model:
    output = {task: getattr(part.expected_output, task) for task in Task}
    return Model(
        name=part.name,
        tier=part.tier,
        licence=part.licence,
        capabilities=frozenset(part.capabilities),
        languages=frozenset(part.languages),
        serves=frozenset(part.serves),
        abilities=estimate_abilities(part, learned.evidence),
        expected_output={task: value for task, value in output.items() if value is not None},
        expected_output_default=part.expected_output.default,
        max_output=part.max_output,
        profile=profiles.get(part.serving_profile) if part.serving_profile else None,
        endpoints=endpoints,
        acceptance=learned.accepted(part.name),
        base=part.base,
    )


def _profile(name: str, part: ServingProfilePart) -> ServingProfile:
    thinking, guard = part.thinking, part.repetition_guard
    return ServingProfile(
        name=name,
        sampling_defaults=part.sampling_defaults.model_dump(exclude_none=True),
        forbid_greedy=part.forbid_greedy,
        thinking=Thinking(thinking.format, thinking.opener) if thinking else None,
        repetition_guard=RepetitionGuard(**guard.model_dump()) if guard else None,
        rename=dict(part.rename),
        drop=frozenset(part.drop),
    )
