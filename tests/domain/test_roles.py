"""Whose rows a principal may read."""

from __future__ import annotations

import pytest

from router.domain.roles import Principal, Role
from router.domain.teams import Team

A, B = Team("acme", "a"), Team("acme", "b")


@pytest.mark.parametrize(
    ("role", "teams", "limited_to"),
    [
        (Role.ADMIN, (), None),
        (Role.FINANCE, (), None),
        (Role.AUDITOR, (), None),
        (Role.FINANCE, (A,), (A,)),
        (Role.TEAM_LEAD, (), ()),
        (Role.TEAM_LEAD, (A, B), (A, B)),
    ],
)
def test_no_team_is_all_teams_to_everybody_but_a_team_lead(
    role: Role, teams: tuple[Team, ...], limited_to: tuple[Team, ...] | None
) -> None:
    """A lead of no team sees nothing, and never everything."""
    who = Principal("ada", role, teams)
    assert who.limited_to == limited_to
    assert who.sees(A) is (limited_to is None or A in limited_to)
    assert who.sees(Team("globex", "a")) is (limited_to is None)
