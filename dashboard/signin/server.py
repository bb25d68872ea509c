"""What is known before the first request: the configuration, whether it may listen there, the app's parts."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from dashboard.signin.configuration import Access, read_access
from dashboard.signin.gate import Gate
from dashboard.signin.local import exposed
from dashboard.signin.onward import Onward
from dashboard.signin.routes import PasswordRoutes
from dashboard.signin.session import Sessions
from router.settings import Settings, SettingsRefused, read_settings

_FEWEST = 32
"""Characters of a secret that signs."""


class NotStarted(Exception):
    """The message says what to set."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """How people come in. `sessions` where they have passwords; `secret` signs every cookie."""

    access: Access
    secret: str
    sessions: Sessions | None


def entrance() -> Entrance:
    """As the environment says, read once. Raises PolicyRejected, SettingsRefused."""
    settings = read_settings()
    return _entrance(settings.dashboard_access, _secret(settings))


@cache
def _entrance(path: Path | None, secret: str | None) -> Entrance:
    """One for the whole process: the routes that begin and end sessions and the pages that ask for them."""
    access = read_access(path, os.environ)
    signing = secret or secrets.token_hex(32)
    sessions = None if access.users is None else Sessions(access.users, signing, access.session_seconds)
    return Entrance(access, signing, sessions)


def _secret(settings: Settings) -> str | None:
    """Raises SettingsRefused, without the secret."""
    given = settings.dashboard_cookie_secret
    if given is None:
        return None
    if len(given) < _FEWEST:
        raise SettingsRefused(f"TIERGATE_DASHBOARD_COOKIE_SECRET: it needs {_FEWEST} characters or more")
    return given.get_secret_value()


@dataclass(frozen=True, slots=True)
class Parts:
    """What `st.App` is given."""

    secrets: Mapping[str, Any]
    routes: list[BaseRoute]
    middleware: list[Middleware]


def parts(found: Entrance, bound: str | None, trusted_headers: object) -> Parts:
    """Raises NotStarted where the process must not listen at `bound`, Streamlit's server.address."""
    if trusted_headers:
        raise NotStarted(
            "server.trustedUserHeaders is set: whoever sends such a header would be somebody. Unset it."
        )
    if found.access.local:
        if (why := exposed(bound)) is not None:
            raise NotStarted(why)
        return Parts({}, [], [])
    if found.sessions is not None:
        routes: list[BaseRoute] = [*PasswordRoutes(found.sessions).routes()]
        return Parts({}, routes, [Middleware(Gate, sessions=found.sessions)])
    return Parts({"auth": _auth(found)}, [], [Middleware(Onward)])


def _auth(found: Entrance) -> dict[str, Any]:
    """Streamlit's `[auth]`."""
    oidc = found.access.oidc
    assert oidc is not None  # neither local nor with passwords
    return {
        "redirect_uri": oidc.redirect_uri,
        "cookie_secret": found.secret,
        "client_id": oidc.client_id,
        "client_secret": found.access.client_secret,
        "server_metadata_url": f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration",
        "client_kwargs": {"scope": oidc.scopes},
    }


def serves_oidc(known: Mapping[str, Any]) -> bool:
    """Whether this process was started with the parts above: `known` are Streamlit's secrets."""
    try:
        return "auth" in known
    except FileNotFoundError:
        return False
