"""Whose a row is, in SQL: what a team lead may see, on screens and by the admin API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select

from router.domain.teams import Team
from router.record.tables import keys


def of_teams(columns: Any, teams: Sequence[Team]) -> ColumnElement[bool]:
    """Rows of one of `teams`, by the columns `organisation` and `team`; of no team, none."""
    names: dict[str, list[str]] = {}
    for team in teams:
        names.setdefault(team.organisation, []).append(team.name)
    pairs = (and_(columns.organisation == whose, columns.team.in_(mine)) for whose, mine in names.items())
    return or_(false(), *pairs)


def budget_of(match: ColumnElement[str], teams: Sequence[Team]) -> ColumnElement[bool]:
    """Budgets of one of `teams` alone, by the column `match` of their table; of no team, none.

    Such a budget names exactly one team, and exactly its organisation. One that names no organisation counts
    what all teams of that name spend: it is this team's as long as only its organisation ever had keys of a
    team of that name. Keys spend, and their rows are never deleted.
    """
    return or_(false(), *(_of(match, team) for team in teams))


def _of(match: ColumnElement[str], team: Team) -> ColumnElement[bool]:
    """`match` is JSON text: within a string a quote has a backslash before it, so that nothing but a field
    reads like one. A team whose name is a pattern owns no budget, nor does one of such an organisation."""
    if "*" in team.name + team.organisation:
        return false()
    named = match.contains('"organisation": ', autoescape=True)
    ours = match.contains(f'"organisation": [{json.dumps(team.organisation)}]', autoescape=True)
    alone = and_(~named, _keys(team, ours=True), ~_keys(team, ours=False))
    return and_(match.contains(f'"team": [{json.dumps(team.name)}]', autoescape=True), or_(ours, alone))


def _keys(team: Team, *, ours: bool) -> ColumnElement[bool]:
    """Whether there was ever a key of a team of that name: in its organisation, or in another one."""
    key = keys.alias("budget_owner_key")
    here = key.c.organisation == team.organisation
    return select(key.c.id).where(key.c.team == team.name, here if ours else ~here).exists()
