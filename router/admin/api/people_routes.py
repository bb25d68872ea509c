"""Teams, and who may use the admin API: read, under SCIM's names (RFC 7643) for people and groups."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from router.admin.api.access import Anybody, Inspector
from router.admin.api.context import Session, now_us
from router.admin.api.wire import LONGEST_TEAM, TEAM_MEANS, Page, failures, seconds
from router.domain.teams import NotOneTeam, Team, TeamNames
from router.errors import UnknownResource
from router.record.credentials import Credential, list_credentials
from router.record.keys import KeyRow, list_keys

routes = APIRouter(tags=["people"])
TeamPath = Annotated[
    str,
    Path(max_length=LONGEST_TEAM, pattern=r"^[^\x00-\x1f\x7f]+$", description=TEAM_MEANS),
]


class TeamShown(BaseModel):
    """A group of keys: those of one organisation's `team`. It is there while it has a key, and active while
    one of them lets somebody in."""

    object: Literal["team"] = "team"
    id: str = Field(description="ORGANISATION/TEAM.")
    displayName: str = Field(  # noqa: N815 - SCIM's name
        description="The name alone, if none of the others that you may see has it."
    )
    organisation: str
    team: str
    active: bool
    projects: list[str]
    keys: int = Field(description="Revoked and expired ones included.")
    active_keys: int


class User(BaseModel):
    """A person or program with a credential. One that was revoked or has expired is not active."""

    object: Literal["user"] = "user"
    id: str
    userName: str  # noqa: N815
    displayName: str  # noqa: N815
    externalId: str | None  # noqa: N815
    active: bool
    role: Literal["admin", "finance", "auditor", "team_lead"]
    teams: list[str] = Field(description="Of a team lead: those they see, each as ORGANISATION/TEAM.")
    created: int
    expires: int | None
    revoked: int | None
    last_used: int | None


@routes.get("/me", responses=failures(401))
def who_am_i(session: Anybody) -> User:
    """The credential that asks."""
    found = {one.id: one for one in list_credentials(session.engine)}
    return _user(found[session.credential_id], now_us())


@routes.get("/users", responses=failures(401, 403))
def list_users(session: Inspector) -> Page[User]:
    """Everybody with a credential, oldest first. `tiergate admin credentials` makes and ends them."""
    at_us = now_us()
    return Page[User](data=[_user(one, at_us) for one in list_credentials(session.engine)], has_more=False)


@routes.get("/teams", responses=failures(401))
def list_teams(session: Anybody) -> Page[TeamShown]:
    """All teams that have keys, by name; to a team lead their own."""
    return Page[TeamShown](data=list(_teams(session).values()), has_more=False)


@routes.get("/teams/{team:path}", responses=failures(400, 401, 404))
def show_team(session: Anybody, team: TeamPath) -> TeamShown:
    """One team."""
    found = _teams(session)
    try:
        return found[TeamNames(found).chosen(team)]
    except NotOneTeam as error:
        raise UnknownResource(f"Unknown team: {error}.") from None


def _teams(session: Session) -> dict[Team, TeamShown]:
    """In the order of their names."""
    keys: dict[Team, list[KeyRow]] = {}
    for row in list_keys(session.engine):
        if session.sees(row.organisation, row.team):
            keys.setdefault(Team(row.organisation, row.team), []).append(row)
    names, at_us = TeamNames(keys), now_us()
    return {team: _team(team, names.name(team), keys[team], at_us) for team in names.teams}


def _team(team: Team, name: str, rows: list[KeyRow], at_us: int) -> TeamShown:
    active = sum(row.active(at_us) for row in rows)
    return TeamShown(
        id=str(team),
        displayName=name,
        organisation=team.organisation,
        team=team.name,
        active=active > 0,
        projects=sorted({row.project for row in rows}),
        keys=len(rows),
        active_keys=active,
    )


def _user(one: Credential, at_us: int) -> User:
    return User(
        id=one.id,
        userName=one.user_name,
        displayName=one.display_name,
        externalId=one.external_id,
        active=one.active(at_us),
        role=one.role.value,
        teams=list(map(str, one.teams)),
        created=one.created_us // 1_000_000,
        expires=seconds(one.expires_us),
        revoked=seconds(one.revoked_us),
        last_used=seconds(one.last_used_us),
    )
