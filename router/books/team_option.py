"""The team that a command's option names."""

from __future__ import annotations

import click

from router.domain.teams import Team, TeamNames


def chosen_team(text: str, known: TeamNames) -> Team:
    """The one called `text`, with its organisation or, where one organisation alone has it, without. Raises
    ClickException with those there are: `search` of two organisations is never taken for both."""
    found = [team for team in known.teams if text in (team.name, str(team))]
    if len(found) == 1:
        return found[0]
    named = ", ".join(str(team) for team in found) if found else ", ".join(known) or "none"
    why = f"several teams are called {text!r}: choose one of" if found else f"no team {text!r}; there are"
    raise click.ClickException(f"{why} {named}")
