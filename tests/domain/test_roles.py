"""Whose rows a principal may read."""

from __future__ import annotations

import pytest

from router.domain.roles import Principal, Role


@pytest.mark.parametrize(
    ("role", "teams", "limited_to"),
    [
        (Role.ADMIN, (), None),
        (Role.FINANCE, (), None),
        (Role.AUDITOR, (), None),
        (Role.FINANCE, ("a",), ("a",)),
        (Role.TEAM_LEAD, (), ()),
        (Role.TEAM_LEAD, ("a", "b"), ("a", "b")),
    ],
)
def test_no_team_is_all_teams_to_everybody_but_a_team_lead(
    role: Role, teams: tuple[str, ...], limited_to: tuple[str, ...] | None
) -> None:
    """A lead of no team sees nothing, and never everything."""
    who = Principal("ada", role, teams)
    assert who.limited_to == limited_to
    assert who.sees("a") is (limited_to is None or "a" in limited_to)
    assert who.sees("z") is (limited_to is None)
