"""How a team is written, and names that tell teams apart."""

from __future__ import annotations

import pytest

from router.domain.teams import Team, TeamNames, read_team


@pytest.mark.parametrize(
    ("text", "team"),
    [
        ("acme/search", Team("acme", "search")),
        ("acme/search/eu", Team("acme", "search/eu")),
        ("two words/a team", Team("two words", "a team")),
    ],
)
def test_a_team_is_written_with_its_organisation(text: str, team: Team) -> None:
    """What is before the first slash is the organisation, and what is read is written again as it was."""
    assert read_team(text) == team
    assert str(team) == text


@pytest.mark.parametrize("text", ["search", "/search", "acme/", "", " / ", "*"])
def test_a_name_alone_is_refused(text: str) -> None:
    """It could be any organisation's; the message says what to write."""
    with pytest.raises(ValueError, match="names no organisation: write ORGANISATION/TEAM, such as acme/"):
        read_team(text)


def test_names_tell_teams_apart() -> None:
    """Short where one organisation has the name, else with the organisation; never one name for two teams,
    however oddly they are called."""
    ours, theirs, legal = Team("acme", "search"), Team("globex", "search"), Team("acme", "legal")
    names = TeamNames([theirs, legal, ours])
    assert [*names] == ["acme/search", "globex/search", "legal"]
    assert [names.name(team) for team in (ours, theirs, legal)] == ["acme/search", "globex/search", "legal"]
    assert names.name(Team("initech", "ads")) == "initech/ads"
    assert (names.team("legal"), names.team("search"), names.team(None)) == (legal, None, None)
    odd = [
        ours,
        theirs,
        Team("x", "acme/search"),
        Team("a/b", "c"),
        Team("a", "b/c"),
        Team("d", "c"),
        Team("e", "b/c"),
    ]
    found = TeamNames(odd)
    assert len(found) == len(odd)
    assert {found.team(found.name(team)) for team in odd} == set(odd)
