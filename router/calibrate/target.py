"""What is measured: one endpoint of the catalog, or a URL for a model that is not in it yet; and what it may
be sent. The only place that knows where data may go. Must not send anything."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from router.classify.language import UNKNOWN, detect
from router.domain.catalog import Endpoint, Model
from router.domain.kinds import Capability, DataClass, Wire
from router.policy.catalog_document import CatalogDocument
from router.policy.compile_catalog import endpoint_paths, needs_of
from router.policy.document import Parsed
from router.policy.documents import Bundle
from router.policy.problems import choose
from router.sandbox.prompts import Prompt

_URL = "url"
_CONNECT_S, _TOTAL_S, _AT_ONCE = 10.0, 600.0, 64


class CannotCalibrate(Exception):
    """There is nothing to measure, or it may not be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """`model` is None where the catalog has none of that name. `key_env` is the variable that would hold its
    key, for messages. An endpoint given by URL has residency "" until somebody says where it is."""

    name: str
    model: Model | None
    endpoint: Endpoint
    key_env: str | None

    @property
    def is_url(self) -> bool:
        return self.endpoint.id == _URL


@dataclass(frozen=True, slots=True)
class Given:
    """A URL and what was said with it."""

    url: str
    key_env: str | None
    upstream_model: str | None
    residency: str | None


def of_catalog(bundle: Bundle, document: Parsed[CatalogDocument], name: str, endpoint: str | None) -> Target:
    """The endpoint of that id, or the model's first active one over HTTP. Raises CannotCalibrate."""
    model = bundle.catalog.models.get(name)
    if model is None:
        known = choose(name, list(bundle.catalog.models))
        raise CannotCalibrate(f"unknown model '{name}'; {known}; a model not in the catalog needs --url")
    parts = {part.id: part for _, owner, part in endpoint_paths(document) if owner.name == name}
    if endpoint is not None and endpoint not in parts:
        known = choose(endpoint, list(parts))
        raise CannotCalibrate(f"model '{name}' has no endpoint '{endpoint}'; {known}")
    active = {one.id: one for one in model.endpoints}
    wanted = [endpoint] if endpoint is not None else list(active)
    if not wanted:
        needs = "; ".join(needs_of(part) for part in parts.values())
        raise CannotCalibrate(f"model '{name}' has no active endpoint: {needs}")
    if wanted[0] not in active:
        raise CannotCalibrate(f"endpoint '{wanted[0]}' is not active: {needs_of(parts[wanted[0]])}")
    over_http = [active[one] for one in wanted if active[one].wire is Wire.OPENAI]
    if not over_http:
        wire = active[wanted[0]].wire
        message = (
            f"endpoint '{wanted[0]}' is called by the {wire} adapter, not over HTTP: go through a gateway, "
        )
        message += f"--url http://127.0.0.1:8080/v1 --upstream-model {name} --key-env NAME"
        raise CannotCalibrate(message)
    return Target(name, model, over_http[0], getattr(parts[over_http[0].id], "api_key_env", None))


def of_url(bundle: Bundle, name: str, given: Given) -> Target:
    """A URL. Raises CannotCalibrate for one that is none, or a key that is not there."""
    parts = urlsplit(given.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise CannotCalibrate("--url must be an http or https URL such as http://127.0.0.1:8000/v1")
    key = None
    if given.key_env is not None:
        key = os.environ.get(given.key_env, "").strip()
        if not key:
            raise CannotCalibrate(f"{given.key_env} is not set; --key-env names the variable with the key")
    endpoint = Endpoint(
        id=_URL,
        model=name,
        wire=Wire.OPENAI,
        target=given.url.rstrip("/"),
        upstream_model=given.upstream_model or name,
        context=0,
        residency=given.residency or "",
        api_key=key,
        simulated=False,
        connect_timeout=_CONNECT_S,
        first_byte_timeout=_TOTAL_S,
        between_chunks_timeout=_TOTAL_S,
        total_timeout=_TOTAL_S,
        max_concurrency=_AT_ONCE,
        max_retries=0,
    )
    return Target(name, bundle.catalog.models.get(name), endpoint, given.key_env)


def admitted(prompts: Iterable[Prompt], target: Target, bundle: Bundle) -> tuple[list[Prompt], Counter[str]]:
    """The prompts that the target may be sent, and how many were left out for which reason."""
    kept, left_out = [], Counter[str]()
    for prompt in prompts:
        reason = _refusal(prompt, target, bundle)
        if reason is None:
            kept.append(prompt)
        else:
            left_out[reason] += 1
    return kept, left_out


def _refusal(prompt: Prompt, target: Target, bundle: Bundle) -> str | None:
    label = prompt.metadata.get("data_class")
    data_class = bundle.policy.default_data_class if label is None else _data_class(prompt, label)
    cleared = bundle.policy.clearances[data_class]
    if not cleared.admits(target.endpoint.residency):
        return f"{data_class} data may go to {cleared.told()} only"
    model = target.model
    if model is None:
        return None
    if model.serves and prompt.task not in model.serves:
        return f"{model.name} does not serve {prompt.task}"
    language = detect(asked_text(prompt))
    if model.languages and language != UNKNOWN and language not in model.languages:
        return f"{model.name} is not offered in {language}"
    lacking = _needed(prompt) - model.capabilities
    return f"{model.name} lacks {', '.join(sorted(lacking))}" if lacking else None


def _data_class(prompt: Prompt, label: str) -> DataClass:
    try:
        return DataClass(label)
    except ValueError:
        known = ", ".join(DataClass)
        raise CannotCalibrate(f"prompt {prompt.id}: data class '{label}' is none of {known}") from None


def asked_text(prompt: Prompt) -> str:
    """What its users wrote, parts that are no text left out."""
    said = (message.get("content") for message in prompt.messages if message.get("role") == "user")
    return "\n".join(content for content in said if isinstance(content, str))


def _needed(prompt: Prompt) -> frozenset[Capability]:
    needed = set()
    if prompt.body.get("tools"):
        needed.add(Capability.TOOLS)
    match prompt.body.get("response_format", {}).get("type"):
        case "json_schema":
            needed.add(Capability.JSON_SCHEMA)
        case "json_object":
            needed.add(Capability.JSON_OBJECT)
    return frozenset(needed)
