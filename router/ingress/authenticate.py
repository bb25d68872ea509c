"""Virtual key -> Caller. The key store is asked through a port; what it does is its own concern."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from router.domain.caller import Caller
from router.errors import NotAuthenticated, Unavailable

_BEARER = "bearer "


class Keys(Protocol):
    """Known keys, in memory."""

    @property
    def loaded(self) -> bool:
        """Whether the keys were read at least once since the start."""
        ...

    def authenticate(self, token: str) -> Caller | None:
        """The caller of a valid token; None for any other."""
        ...


def authenticate(headers: Mapping[str, str], keys: Keys) -> Caller:
    """Raises NotAuthenticated, or Unavailable while the keys could not be read yet (fails closed)."""
    header = headers.get("authorization", "")
    if header[: len(_BEARER)].lower() != _BEARER:
        raise NotAuthenticated(
            "You didn't provide an API key: send 'Authorization: Bearer tg-...'.", code="missing_api_key"
        )
    if not keys.loaded:
        raise Unavailable("The keys are not loaded yet; try again in a moment.", code="starting")
    caller = keys.authenticate(header[len(_BEARER) :].strip())
    if caller is None:
        raise NotAuthenticated("Incorrect API key provided, or the key was revoked or has expired.")
    return caller
