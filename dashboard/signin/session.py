"""The cookie of a password sign-in: signed, dated, void once somebody signed out or a password changed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from itsdangerous import BadData, URLSafeTimedSerializer

from dashboard.signin.configuration import User
from router.domain.roles import Principal

COOKIE = "tiergate_session"
_SALT = "tiergate dashboard session 1"


@dataclass(slots=True)
class Sessions:
    """The sessions of `users`. `secret` signs; `seconds` is how long one lasts.

    What somebody may see is looked up in `users` at each look, never read from the cookie.
    """

    users: Mapping[str, User]
    secret: str
    seconds: int
    _ended: set[str] = field(default_factory=set)

    def begin(self, name: str) -> str:
        """A cookie's value for a user that exists."""
        said = {"name": name, "id": secrets.token_hex(16), "password": _mark(self.users[name])}
        return self._signer().dumps(said)

    def principal(self, cookie: str | None) -> Principal | None:
        """Who that cookie is; None: nobody, or nobody any more."""
        said = self._read(cookie)
        if said is None or said["id"] in self._ended:
            return None
        user = self.users.get(said["name"])
        return user.principal if user is not None and _mark(user) == said["password"] else None

    def end(self, cookie: str | None) -> None:
        """The cookie is worth nothing from here on, in other windows too."""
        said = self._read(cookie)
        if said is not None:
            self._ended.add(said["id"])

    def _read(self, cookie: str | None) -> dict[str, str] | None:
        if not cookie:
            return None
        try:
            said: dict[str, str] = self._signer().loads(cookie, max_age=self.seconds)
        except BadData:
            return None
        return said

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, _SALT, signer_kwargs={"digest_method": hashlib.sha256})


def _mark(user: User) -> str:
    """Of the password, so that a changed one ends what the old one began."""
    return hashlib.sha256(user.hash.encode()).hexdigest()[:16]
