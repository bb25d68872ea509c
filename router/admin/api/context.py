"""What the routes of the admin API work on, and one request's share of it."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from router.admin.api.work import Work
from router.audit.log import AuditLog
from router.audit.writing import Desk
from router.domain.roles import Principal, Role
from router.domain.teams import Team
from router.lifecycle.in_force import Loader
from router.record.write import brief
from router.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by all requests."""

    settings: Settings
    engine: Engine
    audit: AuditLog
    work: Work

    def loader(self) -> Loader:
        """Policies as this gateway would load them now."""
        return Loader(self.settings, os.environ, datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Session:
    """One request of somebody who was let in."""

    context: Context
    credential_id: str
    principal: Principal
    desk: Desk

    @property
    def engine(self) -> Engine:
        return self.context.engine

    @property
    def teams(self) -> tuple[Team, ...] | None:
        """The teams whose rows may be seen; None: all."""
        return self.principal.teams if self.principal.role is Role.TEAM_LEAD else None

    def sees(self, organisation: str, team: str) -> bool:
        return self.teams is None or Team(organisation, team) in self.teams

    def done(self) -> None:
        """After an act: keeps the audit log's head. One that cannot be kept now, the gateway keeps later."""
        try:
            self.context.audit.anchor(self.engine)
        except (SQLAlchemyError, OSError) as error:
            log.warning("audit: the head is kept later: %s", brief(error))


def now_us() -> int:
    return time.time_ns() // 1000
