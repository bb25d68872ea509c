"""Who a person is to Tiergate: a role, and for a team lead the teams that may be seen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from router.domain.teams import Team


class Role(StrEnum):
    """What somebody who signs in may do; the values are what configuration, API and screens show."""

    ADMIN = "admin"
    """Everything: keys, budgets, and putting policies in force."""
    FINANCE = "finance"
    """Reads all teams' figures; closes, reconciles and exports."""
    AUDITOR = "auditor"
    """Reads everything and changes nothing."""
    TEAM_LEAD = "team_lead"
    """Reads the figures and requests of some teams, and of no other."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or a service with a role.

    `teams` empty means all teams to the first three roles. A team lead sees the named ones only, each of
    one organisation: of no team, nothing. `name` is what an audit trail calls them.
    """

    name: str
    role: Role
    teams: tuple[Team, ...] = ()

    @property
    def limited_to(self) -> tuple[Team, ...] | None:
        """The teams whose rows may be read; None: those of every team."""
        return self.teams if self.teams or self.role is Role.TEAM_LEAD else None

    def sees(self, team: Team) -> bool:
        """Whether rows of `team` may be shown."""
        return self.limited_to is None or team in self.limited_to
