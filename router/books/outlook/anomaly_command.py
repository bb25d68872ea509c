"""`tiergate anomalies`: odd days, each with what made it so."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click
import orjson

from router.books.explain.change import Explained
from router.books.explain.command import signed_usd
from router.books.explain.weeks import teams
from router.books.outlook.daily import Part, today_of
from router.books.outlook.forecast_command import DOLLARS
from router.books.outlook.odd import Odd, explained_days, odd_days
from router.books.rolled import rolled_ledger
from router.books.team_option import chosen_team
from router.domain.anomaly import METHOD
from router.domain.money import PicoUSD, format_usd
from router.domain.teams import TeamNames
from router.policy.table import aligned

_DATE = click.DateTime(["%Y-%m-%d"])


@click.command("anomalies")
@click.option("--team", help="Only this team, or ORGANISATION/TEAM. Default: each team.")
@click.option("--from", "first", type=_DATE, help="First day (UTC). Default: 30 days before the last one.")
@click.option("--to", "last", type=_DATE, help="Last day (UTC), a whole one. Default: yesterday.")
@click.option("--least", type=DOLLARS, default="1", show_default=True,
              help="Leave out deviations below that, in US dollars.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array; money in pico-USD.")
def anomalies_(
    team: str | None, first: datetime | None, last: datetime | None, least: int, as_json: bool
) -> None:
    """List days on which a team spent unlike on the same weekdays before, and why.

    The cause is told against the most usual of those weekdays, as volume, quality, mix, length and price,
    which add up to the difference exactly.
    """
    now_us = time.time_ns() // 1000
    end = today_of(now_us) - timedelta(days=1) if last is None else last.date()
    start = end - timedelta(days=29) if first is None else first.date()
    if start > end:
        raise click.BadParameter(f"{start} is after {end}", param_hint="--from")
    with rolled_ledger() as connection:
        names = teams(connection)
        part = Part.of(None if team is None else chosen_team(team, names))
        found = odd_days(connection, part, "team", (start, end), least)
        causes = explained_days(connection, found)
    if as_json:
        rows = [_facts(odd, why, names) for odd, why in zip(found, causes, strict=True)]
        click.echo(orjson.dumps(rows).decode())
        return
    _show(found, causes, names)
    click.echo(METHOD)


def _facts(odd: Odd, why: Explained, names: TeamNames) -> dict[str, Any]:
    return {
        "team": odd.called(names),
        **asdict(odd.anomaly),
        "beyond": odd.anomaly.beyond,
        "change_since_like": why.change,
        "effects": why.effects,
        "cause": why.cause,
    }


def _show(found: Sequence[Odd], causes: Sequence[Explained], names: TeamNames) -> None:
    if not found:
        click.echo("no odd days")
        return
    head = ("day", "team", "spent", "usual", "beyond", "largest cause, against the day named")
    lines = [
        [
            f"{odd.anomaly.day:%a %Y-%m-%d}",
            odd.called(names) or "(no team)",
            *(format_usd(PicoUSD(amount), 2) for amount in (odd.anomaly.spent, odd.anomaly.usual)),
            signed_usd(odd.anomaly.beyond),
            _cause(odd, why),
        ]
        for odd, why in zip(found, causes, strict=True)
    ]
    click.echo("\n".join(aligned(head, lines)))


def _cause(odd: Odd, why: Explained) -> str:
    if why.largest is None:
        return f"none against {odd.anomaly.like}"
    row, effect = why.largest
    return f"{effect} {signed_usd(row.effects[effect])}: {why.cause} ({odd.anomaly.like})"
