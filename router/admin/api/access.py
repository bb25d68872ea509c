"""Credential -> session, and which roles a route is for.

Keys of apps and the operator's token count for nothing here. Every request asks the database, so a credential
that was revoked is refused at once.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from router.admin.api.context import Context, Session, now_us
from router.audit.entry import Actor
from router.audit.writing import Desk
from router.domain.roles import Role
from router.errors import NotAllowed, NotAuthenticated
from router.record.credentials import Credential, authenticate

_BEARER = HTTPBearer(auto_error=False, description="A credential of the admin API, `tga-...`.")


class Allow:
    """A dependency that lets those roles in. `roles` is read by the tests of who may do what."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
    ) -> Session:
        """Raises NotAuthenticated, NotAllowed."""
        context: Context = request.app.state.context
        if given is None:
            raise NotAuthenticated(
                "You didn't provide a credential: send 'Authorization: Bearer tga-...'.",
                code="missing_credential",
            )
        found = authenticate(context.engine, given.credentials, now_us())
        if found is None:
            raise NotAuthenticated(
                "Incorrect credential provided, or it was revoked or has expired.", code="invalid_credential"
            )
        if found.role not in self.roles:
            roles = ", ".join(sorted(self.roles))
            raise NotAllowed(f"This takes one of the roles {roles}; yours is {found.role}.")
        if found.unplaced:
            raise NotAllowed(_unplaced(found))
        client = request.client.host if request.client is not None else "unknown"
        actor = Actor(found.user_name, f"api {client}", found.role)
        return Session(context, found.id, found.principal, Desk(context.audit, actor))


def _unplaced(found: Credential) -> str:
    """What a credential of before organisations were named is told, and what to do about it."""
    name = found.unplaced[0]
    return (
        f"This credential names the team '{name}' without its organisation: it could be any organisation's. "
        f"Have it made anew: tiergate admin credentials create {found.user_name!r} --role {found.role} "
        f"--team ORGANISATION/{name}"
    )


Anybody = Annotated[Session, Depends(Allow(*Role))]
Administrator = Annotated[Session, Depends(Allow(Role.ADMIN))]
Financier = Annotated[Session, Depends(Allow(Role.FINANCE))]
KeyHolder = Annotated[Session, Depends(Allow(Role.ADMIN, Role.TEAM_LEAD))]
"""Makes, rotates and ends keys; a team lead those of their teams."""
Reader = Annotated[Session, Depends(Allow(Role.ADMIN, Role.FINANCE, Role.AUDITOR))]
"""Sees what concerns all teams."""
Inspector = Annotated[Session, Depends(Allow(Role.ADMIN, Role.AUDITOR))]
"""Reads the audit log and who may use the API."""
