"""Keys as they come and go."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from router.admin.api.wire import Given, Name, Organisation, Seconds, seconds
from router.domain.kinds import Tier
from router.record.keys import KeyRow

_YEAR = 366 * 86_400


class KeyShown(BaseModel):
    """A virtual key. Empty `allowed_*`: all. Times are Unix seconds; `last_used` is some seconds late."""

    object: Literal["key"] = "key"
    id: str
    organisation: str
    team: str
    project: str
    allowed_tiers: list[str]
    allowed_models: list[str]
    label: str
    active: bool
    created: int
    expires: int | None
    revoked: int | None
    last_used: int | None
    rotated_from: str | None = Field(description="The key that this one takes the place of.")


class KeyMade(KeyShown):
    """A new key."""

    token: str | None = Field(description="Shown once; null when the same Idempotency-Key comes again.")


class KeyWanted(Given):
    """A key to be made."""

    organisation: Organisation
    team: Name
    project: Name
    allowed_tiers: list[Tier] = Field([], max_length=8)
    allowed_models: list[Name] = Field([], max_length=100, description="Of the catalog in force.")
    label: str = Field("", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
    expires: Seconds | None = None


class KeyChange(Given):
    """What is not given stays; an `expires` of null means that it ends no more."""

    label: str | None = Field(None, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
    expires: Seconds | None = None


class Rotation(Given):
    """How a key is replaced."""

    overlap: int = Field(86_400, ge=0, le=_YEAR, description="Seconds for which the old token stays good.")
    expires: Seconds | None = Field(None, description="When the new one ends, Unix seconds; null: never.")


def shown(row: KeyRow, now_us: int) -> KeyShown:
    return KeyShown(**_facts(row, now_us))


def made(row: KeyRow, now_us: int, token: str | None) -> KeyMade:
    return KeyMade(**_facts(row, now_us), token=token)


def _facts(row: KeyRow, now_us: int) -> dict[str, object]:
    same = ("id", "organisation", "team", "project", "label", "rotated_from")
    return {
        **{name: getattr(row, name) for name in same},
        "allowed_tiers": list(row.allowed_tiers),
        "allowed_models": list(row.allowed_models),
        "active": row.active(now_us),
        "created": seconds(row.created_us),
        "expires": seconds(row.expires_us),
        "revoked": seconds(row.revoked_us),
        "last_used": seconds(row.last_used_us),
    }
