"""One endpoint of the catalog with the environment applied: is it active, where is it, what is its key.

The only place of the documents where environment values are used. No message repeats one.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from router.domain.catalog import Endpoint
from router.domain.kinds import Wire
from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed
from router.policy.endpoint_document import (
    Active,
    AnyEndpoint,
    BaseUrl,
    EmbeddedEndpoint,
    HostedEndpoint,
    OpenAIEndpoint,
)
from router.policy.problems import Findings
from router.policy.yamldoc import Path

Env = Mapping[str, str]


def is_active(active: Active | None, env: Env) -> bool:
    """Whether the endpoint exists in this environment; an empty variable counts as not set."""
    if active is None:
        return True
    wanted = active.if_env is None or any(_value(env, name) for name in active.if_env)
    return wanted and not any(_value(env, name) for name in active.unless_env or ())


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
            target = _base_url(document, (*path, "base_url"), part.base_url, env, findings)
            upstream_model = part.upstream_model or model
        case HostedEndpoint():
            target = upstream_model = part.model
        case EmbeddedEndpoint():
            target = part.path
    key = _api_key(document, path, part, env, findings)
    return Endpoint(
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
    )


def _value(env: Env, name: str) -> str:
    return env.get(name, "").strip()


def _base_url(
    document: Parsed[CatalogDocument], path: Path, url: BaseUrl, env: Env, findings: Findings
) -> str:
    given = _value(env, url.env) if url.env else ""
    origin = f"{url.env} in the environment" if given else "base_url"
    text = given or url.default
    if text is None:
        message = f"base_url: {url.env} is not set; set it, add a `default`, or use `active: if_env`"
        findings.problems.append(document.problem(path, message))
        return ""
    wrong = _wrong_url(text)
    if wrong:
        findings.problems.append(document.problem(path, f"{origin} {wrong}"))
    return text.rstrip("/")


def _wrong_url(text: str) -> str | None:
    """What is wrong with a base URL, without repeating it: it may hold a password."""
    form = "must be an http or https URL such as http://127.0.0.1:8000/v1"
    if not text.isascii() or any(ord(c) <= 32 or ord(c) == 127 for c in text):
        return form + ", without spaces or special characters"
    try:
        parts = urlsplit(text)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        return form
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_ok:
        return form
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or password; name the key's variable in api_key_env"
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        return form + ", without a query or fragment"
    return None


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
    key = _value(env, part.api_key_env)
    if not key:
        message = f"{part.api_key_env} is not set: endpoint {part.id} is called without a key"
        findings.notes.append(document.problem(here, message))
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        message = f"{part.api_key_env} in the environment holds spaces or characters no key has"
        findings.problems.append(document.problem(here, f"{message}; set it again"))
    return key
