"""`tiergate books explain`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import click
from rich.table import Table

from router.books.explain.change import Explained
from router.books.explain.effects import EFFECTS, Effect
from router.books.explain.weeks import explain_week, parse_week, teams
from router.books.explain.words import UNNAMED
from router.books.rolled import rolled_ledger
from router.books.team_option import chosen_team
from router.domain.money import PicoUSD, format_usd
from router.record.command import console


@click.command()
@click.option(
    "--team", required=True, help="Its name; ORGANISATION/TEAM where several have one of that name."
)
@click.option("--week", required=True, help="ISO week, such as 2026-W47; held against the week before.")
def explain(team: str, week: str) -> None:
    """Say why a team's bill changed: by workload, as volume, quality, mix, length and price.

    The effects add up to the change exactly. Quality is what was paid for beside the returned answers:
    retries, rejected answers, judges. Costs that nobody knows are in no figure.
    """
    try:
        monday = parse_week(week)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--week") from error
    with rolled_ledger() as connection:
        found = explain_week(connection, chosen_team(team, teams(connection)), monday)
    _show(team, week, monday, found)


def _show(team: str, week: str, monday: date, found: Explained) -> None:
    share = f" ({100 * found.change / found.old:+.0f}%)" if found.old else ""
    days = f"{monday} to {monday + timedelta(days=6)}"
    click.echo(f"{team} paid {_usd(found.new)} in {week} ({days}), {_usd(found.old)} the week before: "
               f"{signed_usd(found.change)}{share}.")  # fmt: skip
    if found.largest is None:
        return
    row, effect = found.largest
    click.echo(f"{signed_usd(row.effects[effect])} of it is {effect}: {found.cause}.\n")
    console().print(_table(found))


def _table(found: Explained) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("project", no_wrap=True)
    table.add_column("workload", no_wrap=True)
    for name in (*EFFECTS, "change"):
        table.add_column(name, no_wrap=True, justify="right")
    for row in found.rows:
        table.add_row(row.project, row.workload or UNNAMED, *_cells(row.effects))
    table.add_section()
    table.add_row("all", "", *_cells(found.effects))
    return table


def _cells(effects: Mapping[Effect, int]) -> list[str]:
    return [signed_usd(amount) for amount in (*(effects[name] for name in EFFECTS), sum(effects.values()))]


def _usd(amount: int) -> str:
    return format_usd(PicoUSD(amount), 2)


def signed_usd(amount: int) -> str:
    """Cents with a sign: `+$1.25`."""
    return f"+{_usd(amount)}" if amount > 0 else _usd(amount)
