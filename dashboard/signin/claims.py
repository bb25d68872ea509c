"""What an identity token says of somebody -> who they are here. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.signin.document import OidcPart, TeamsPart
from router.domain.roles import Principal, Role
from router.domain.teams import Team, read_team


class NoRole(Exception):
    """They are known to the provider, and nobody here. `name` is who; `why` is for them to read."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


def principal_of(claims: Mapping[str, Any], oidc: OidcPart) -> Principal:
    """Raises NoRole. Of several roles the one with most rights counts; teams count for team leads only."""
    name = _name(claims, oidc.name_claim)
    given = _values(claims, oidc.roles.claim)
    role = next((role for role in Role if given & oidc.roles.values(role)), None)
    if role is None:
        raise NoRole(name, f"nothing in the claim {oidc.roles.claim!r} gives you a role here")
    if role is not Role.TEAM_LEAD:
        return Principal(name, role)
    teams = _teams(claims, oidc.teams)
    if not teams:
        claim = oidc.teams.claim if oidc.teams else ""
        raise NoRole(name, f"you lead a team, and nothing in the claim {claim!r} says which")
    return Principal(name, role, teams)


def _name(claims: Mapping[str, Any], claim: str) -> str:
    """An e-mail address that its provider did not verify may be anybody's: then the subject."""
    found = _at(claims, claim)
    doubtful = claim == "email" and claims.get("email_verified") is False
    if isinstance(found, str) and found.strip() and not doubtful:
        return found.strip()
    return str(claims.get("sub", "unknown"))


def _teams(claims: Mapping[str, Any], part: TeamsPart | None) -> tuple[Team, ...]:
    if part is None:
        return ()
    given = _values(claims, part.claim)
    if part.map is not None:
        return tuple(sorted({read_team(team) for value in given for team in part.map.get(value, ())}))
    prefix, organisation = part.prefix, part.organisation
    if prefix is None or organisation is None:
        return ()
    names = {value.removeprefix(prefix) for value in given if value.startswith(prefix)} - {""}
    return tuple(Team(organisation, name) for name in sorted(names))


def _values(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """A text or a list of texts; of anything else, nothing."""
    found = _at(claims, claim)
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list) else frozenset()


def _at(claims: Mapping[str, Any], claim: str) -> Any:
    """A claim of that very name (some are URLs), else step by step: realm_access.roles."""
    if claim in claims:
        return claims[claim]
    found: Any = claims
    for step in claim.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
