"""What `--team` means, where two organisations have a team of one name."""

from __future__ import annotations

import click
import pytest

from router.books.team_option import chosen_team
from router.domain.teams import Team, TeamNames

OURS, THEIRS, LEGAL = Team("acme", "search"), Team("globex", "search"), Team("acme", "legal")
KNOWN = TeamNames([OURS, THEIRS, LEGAL])


@pytest.mark.parametrize(
    ("text", "team"), [("legal", LEGAL), ("acme/legal", LEGAL), ("globex/search", THEIRS)]
)
def test_a_team_is_found(text: str, team: Team) -> None:
    """By its name where that is one team's, and always with its organisation."""
    assert chosen_team(text, KNOWN) == team


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("search", "several teams are called 'search': choose one of acme/search, globex/search"),
        ("ads", "no team 'ads'; there are acme/search, globex/search, legal"),
    ],
)
def test_none_is_taken_for_another(text: str, said: str) -> None:
    """Two are never one."""
    with pytest.raises(click.ClickException) as refused:
        chosen_team(text, KNOWN)
    assert refused.value.message == said
