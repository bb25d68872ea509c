"""Reads the DashboardAccess document and the secrets that it names. Must not hold a secret in a message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from dashboard.signin.document import AccessDocument, AccessPart, OidcPart, SecretPart, UserPart
from dashboard.signin.passwords import HASH
from router.domain.roles import Principal
from router.domain.teams import read_team
from router.policy.explain import dotted
from router.policy.problems import PolicyRejected, Problem
from router.policy.yamldoc import Path as YamlPath
from router.policy.yamldoc import SourceDocument, parse_documents

_KIND = "DashboardAccess"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a password. `hash` as passwords.py makes it."""

    principal: Principal
    hash: str


@dataclass(frozen=True, slots=True)
class Access:
    """Either `oidc` with its `client_secret`, or `users` by name, or neither: this machine only."""

    session_seconds: int = 8 * 3600
    oidc: OidcPart | None = None
    client_secret: str = ""
    users: Mapping[str, User] | None = None

    @property
    def local(self) -> bool:
        """Whether nobody can sign in, so that nobody but this machine may look."""
        return self.oidc is None and self.users is None


def read_access(path: Path | None, env: Mapping[str, str]) -> Access:
    """Raises PolicyRejected with everything that is wrong, `file:line`."""
    if path is None:
        return Access()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyRejected([Problem(str(path), 1, f"cannot be read: {error.strerror}")]) from None
    sources, problems = parse_documents(str(path), content)
    if problems:
        raise PolicyRejected(problems)
    if len(sources) > 1:
        message = f"a second document; one of kind {_KIND} is all that belongs here"
        raise PolicyRejected([sources[1].problem((), message)])
    return _access(sources[0], _parsed(sources[0]).spec, env)


def _parsed(source: SourceDocument) -> AccessDocument:
    try:
        return AccessDocument.model_validate(source.data)
    except ValidationError as error:
        raise PolicyRejected(_problems(source, error)) from None


def _problems(source: SourceDocument, error: ValidationError) -> Iterator[Problem]:
    """Never with the value that is wrong: it may be a password."""
    for found in error.errors(include_url=False, include_input=False):
        path: YamlPath = found["loc"]
        if found["type"] == "extra_forbidden":
            yield source.problem(path, f"unknown key {dotted(path)}")
        elif found["type"] == "missing":
            yield source.problem(path, f"{dotted(path)} is missing")
        elif found["type"] == "value_error":
            yield source.problem(path, f"{dotted(path)} {found['ctx']['error']}")
        else:
            yield source.problem(path, f"{dotted(path)} is not right: {found['msg']}")


def _access(source: SourceDocument, spec: AccessPart, env: Mapping[str, str]) -> Access:
    reader = _Secrets(source, env, [])
    oidc, users, secret = spec.oidc, None, ""
    if oidc is not None:
        secret = reader.read(("spec", "oidc", "client_secret"), oidc.client_secret)
    if spec.users is not None:
        users = {user.name: reader.user(index, user) for index, user in enumerate(spec.users)}
    if reader.problems:
        raise PolicyRejected(reader.problems)
    return Access(round(spec.session_hours * 3600), oidc, secret, users)


@dataclass(frozen=True, slots=True)
class _Secrets:
    """Fetches secrets; what cannot be fetched is a problem at the place that names it."""

    source: SourceDocument
    env: Mapping[str, str]
    problems: list[Problem]

    def user(self, index: int, user: UserPart) -> User:
        stored = user.password or ""
        if user.password_from is not None:
            path: YamlPath = ("spec", "users", index, "password_from")
            stored = self.read(path, user.password_from)
            if stored and re.fullmatch(HASH, stored) is None:
                self._wrong(path, "leads to something else than a line of `tiergate dashboard password`")
        teams = tuple(read_team(team) for team in user.teams)
        return User(Principal(user.name, user.role, teams), stored)

    def read(self, path: YamlPath, part: SecretPart) -> str:
        """The secret, without white space around it; empty where there is a problem."""
        if part.env is not None:
            found = self.env.get(part.env, "").strip()
            if not found:
                self._wrong(path, f"needs the environment variable {part.env}, which is not set")
            return found
        try:
            found = Path(part.file or "").read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self._wrong(path, f"names a file that cannot be read: {error}")
            return ""
        if not found:
            self._wrong(path, f"names an empty file, {part.file}")
        return found

    def _wrong(self, path: YamlPath, message: str) -> None:
        self.problems.append(self.source.problem(path, f"{dotted(path)} {message}"))
