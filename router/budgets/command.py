"""The verbs of `tiergate budgets`: how they stand, who counts them. No running gateway is needed."""

from __future__ import annotations

import getpass
import time
from datetime import UTC, datetime

import click
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from router.audit.entry import Action
from router.audit.writing import desk
from router.domain.money import PicoUSD, format_usd
from router.policy.table import aligned
from router.record.budget_gateways import close
from router.record.budget_tables import budget_gateways, budget_periods, budgets
from router.record.command import open_ledger
from router.record.write import brief

_HEAD = ["budget", "enforced", "period", "limit", "spent", "set aside", "forecast"]


@click.group("budgets")
def budgets_() -> None:
    """How budgets stand, and which gateways count them."""


@budgets_.command("list")
def list_() -> None:
    """Show the budgets in force and how they stand in the current period, as the gateways wrote it last."""
    try:
        with open_ledger() as engine, engine.connect() as connection:
            rows = _standing(connection, time.time_ns() // 1000)
            open_ones = connection.execute(
                select(budget_gateways).where(budget_gateways.c.closed_us.is_(None))
            ).all()
    except SQLAlchemyError as error:
        raise click.ClickException(f"the ledger cannot be read: {brief(error)}") from None
    click.echo("\n".join(aligned(_HEAD, rows)) if rows else "no budgets are in force")
    if open_ones:
        click.echo("\ngateways that count, or whose journal is not in the ledger to the end:")
        for row in open_ones:
            click.echo(f"  {row.id}  last seen {_when(row.seen_us)}")


@budgets_.command("give-up")
@click.argument("gateway")
@click.option("--by", "actor", default=getpass.getuser, show_default="you", help="Who decides.")
@click.confirmation_option(prompt="Is that gateway gone for good, and its journal with it?")
def give_up(gateway: str, actor: str) -> None:
    """Count only what the ledger has of GATEWAY, whose journal is lost.

    What it was lent goes back to its budgets. Only for a gateway that will never come back: one that still
    runs would spend what is lent to others.
    """
    try:
        with open_ledger() as engine, desk(engine, actor) as audit, engine.begin() as connection:
            done = close(connection, gateway, time.time_ns() // 1000, actor)
            if done:
                audit.log.append(connection, audit.act(Action.BUDGET_GIVE_UP, gateway, {}))
    except SQLAlchemyError as error:
        raise click.ClickException(f"the ledger cannot be written: {brief(error)}") from None
    if not done:
        raise click.ClickException(f"no gateway {gateway} is open; `tiergate budgets list` shows them")
    click.echo(f"{gateway} is given up")


def _standing(connection: Connection, now_us: int) -> list[list[str]]:
    query = (
        select(budgets, budget_periods)
        .outerjoin(
            budget_periods,
            (budget_periods.c.budget == budgets.c.name)
            & (budget_periods.c.starts_us <= now_us)
            & (budget_periods.c.ends_us > now_us),
        )
        .order_by(budgets.c.position)
    )
    shown = []
    for row in connection.execute(query).mappings():
        key = row[budget_periods.c.period]
        amounts = [row[budget_periods.c[name]] for name in ("spent_pico", "reserved_pico", "forecast_pico")]
        shown.append(
            [
                row[budgets.c.name],
                row[budgets.c.enforcement],
                key or "-",
                format_usd(row[budgets.c.limit_pico], 2),
                *("-" if amount is None else format_usd(PicoUSD(amount), 4) for amount in amounts),
            ]
        )
    return shown


def _when(moment_us: int) -> str:
    return f"{datetime.fromtimestamp(moment_us // 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"
