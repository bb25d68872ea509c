"""URLs of the documents with the environment applied, and what is wrong with them.

No message repeats a URL or a value of the environment: either may hold a password.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed
from router.policy.env_document import BaseUrl
from router.policy.problems import Findings
from router.policy.yamldoc import Path

Env = Mapping[str, str]


def env_value(env: Env, name: str) -> str:
    """Empty where the variable is not set."""
    return env.get(name, "").strip()


def base_url(
    document: Parsed[CatalogDocument], path: Path, url: BaseUrl, env: Env, findings: Findings
) -> str:
    given = env_value(env, url.env) if url.env else ""
    field = str(path[-1])
    origin = f"{url.env} in the environment" if given else field
    text = given or url.default
    if text is None:
        message = f"{field}: {url.env} is not set; set it, add a `default`, or use `active: if_env`"
        findings.problems.append(document.problem(path, message))
        return ""
    wrong = _wrong_url(text)
    if wrong:
        findings.problems.append(document.problem(path, f"{origin} {wrong}"))
    return text.rstrip("/")


def written_url(document: Parsed[CatalogDocument], path: Path, url: BaseUrl, findings: Findings) -> None:
    """Of an endpoint that is not active here: a slip in it is found before the day on which it is."""
    wrong = None if url.default is None else _wrong_url(url.default)
    if wrong:
        findings.problems.append(document.problem(path, f"{path[-1]} {wrong}"))


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
