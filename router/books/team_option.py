"""The team that a command's option names."""

from __future__ import annotations

import click

from router.domain.teams import NotOneTeam, Team, TeamNames


def chosen_team(text: str, known: TeamNames) -> Team:
    """The one that `text` means. Raises ClickException with those there are."""
    try:
        return known.chosen(text)
    except NotOneTeam as error:
        raise click.ClickException(str(error)) from None
