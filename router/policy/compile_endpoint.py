"""One endpoint of the catalog with the environment applied: is it active, where is it, what is its key.

The only place of the documents where environment values are used. No message repeats one.
"""

from __future__ import annotations

from dataclasses import replace

from router.domain.catalog import Endpoint
from router.domain.kinds import Wire
from router.policy.catalog_document import CatalogDocument
from router.policy.compile_url import Env, base_url, env_value
from router.policy.document import Parsed
from router.policy.endpoint_document import (
    AnyEndpoint,
    EmbeddedEndpoint,
    HostedEndpoint,
    OpenAIEndpoint,
)
from router.policy.env_document import Active, BaseUrl
from router.policy.problems import Findings
from router.policy.yamldoc import Path


def is_active(active: Active | None, env: Env) -> bool:
    """Whether the endpoint exists in this environment; an empty variable counts as not set."""
    if active is None:
        return True
    wanted = active.if_env is None or any(env_value(env, name) for name in active.if_env)
    return wanted and not any(env_value(env, name) for name in active.unless_env or ())


def compile_endpoint(
    document: Parsed[CatalogDocument],
    path: Path,
    part: AnyEndpoint,
    model: str,
    env: Env,
    findings: Findings,
) -> Endpoint:
    """`part` as a domain value. What is wrong with it goes to `findings`."""
    upstream_model = model
    match part:
        case OpenAIEndpoint():
            target = base_url(document, (*path, "base_url"), part.base_url, env, findings)
            upstream_model = part.upstream_model or model
        case HostedEndpoint():
            target = upstream_model = part.model
        case EmbeddedEndpoint():
            target = part.path
    key = _api_key(document, path, part, env, findings)
    found = Endpoint(
        id=part.id,
        model=model,
        wire=Wire(part.wire),
        target=target,
        upstream_model=upstream_model,
        context=part.context,
        residency=part.residency,
        api_key=key,
        simulated=part.simulated,
        connect_timeout=part.timeouts.connect,
        first_byte_timeout=part.timeouts.first_byte,
        between_chunks_timeout=part.timeouts.between_chunks,
        total_timeout=part.timeouts.total,
        max_concurrency=part.max_concurrency,
        max_retries=part.max_retries,
        tokens_per_second=part.expected_tokens_per_second,
        first_token_s=part.expected_first_token_s,
        quantisation=part.quantisation if isinstance(part, EmbeddedEndpoint) else None,
    )
    return _watched(found, document, path, part, env, findings) if isinstance(part, OpenAIEndpoint) else found


def _watched(
    found: Endpoint,
    document: Parsed[CatalogDocument],
    path: Path,
    part: OpenAIEndpoint,
    env: Env,
    findings: Findings,
) -> Endpoint:
    """With what protects and observes a server of one's own."""

    def page(name: str, url: BaseUrl | None) -> str | None:
        return None if url is None else base_url(document, (*path, name), url, env, findings)

    if part.queue.max_server_waiting is not None and part.metrics_url is None:
        message = "max_server_waiting needs `metrics_url`: only the server knows its own queue"
        findings.problems.append(document.problem((*path, "queue", "max_server_waiting"), message))
    return replace(
        found,
        max_waiting=part.queue.max_waiting,
        max_wait=part.queue.max_wait_s,
        max_engine_waiting=part.queue.max_server_waiting,
        slow_start=part.slow_start_s,
        metrics_url=page("metrics_url", part.metrics_url),
        health_url=page("health_url", part.health_url),
        scrape_every=part.scrape_every_s,
        probe_every=part.probe_every_s,
        adapter=part.adapter,
    )


def _api_key(
    document: Parsed[CatalogDocument],
    path: Path,
    part: AnyEndpoint,
    env: Env,
    findings: Findings,
) -> str | None:
    if isinstance(part, EmbeddedEndpoint) or part.api_key_env is None:
        return None
    here = (*path, "api_key_env")
    key = env_value(env, part.api_key_env)
    if not key:
        message = f"{part.api_key_env} is not set: endpoint {part.id} is called without a key"
        findings.notes.append(document.problem(here, message))
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        message = f"{part.api_key_env} in the environment holds spaces or characters no key has"
        findings.problems.append(document.problem(here, f"{message}; set it again"))
    return key
