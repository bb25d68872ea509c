"""`tiergate close`, `tiergate reopen` and `tiergate books periods`."""

from __future__ import annotations

import getpass
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime

import click
from rich.table import Table

from router.admin.notes import period_note
from router.audit.entry import Action
from router.audit.writing import desk
from router.books.focus.providers import BadMap, read_providers
from router.books.months import MONTH, name, parse_month
from router.books.periods.calendar import calendar, known_months
from router.books.periods.check import ACCEPTABLE, Finding, check
from router.books.periods.close import NotClosed, NotReopened, Who, altered, blocked, reopen
from router.books.periods.close import close as close_month
from router.books.periods.totals import Totals, totals
from router.books.rollups.roll import roll
from router.domain.money import PicoUSD, format_usd
from router.record.command import console, open_ledger
from router.settings import read_settings

_BY = click.option("--by", default=getpass.getuser, show_default="you", help="Who does it, for the record.")


@click.command()
@click.argument("month", type=MONTH)
@click.option("--dry-run", is_flag=True, help="Only say what would be found and frozen.")
@click.option(
    "--accept", "accepted", multiple=True, type=click.Choice(ACCEPTABLE),
    help="Close in spite of this finding; the closing keeps that you did. Repeat for more.",
)  # fmt: skip
@_BY
@click.pass_context
def close(ctx: click.Context, month: date, dry_run: bool, accepted: tuple[str, ...], by: str) -> None:
    """Close MONTH (such as 2026-11): check, then freeze its totals under a digest.

    A closed month is never changed. What comes late for it, and what is corrected of it, becomes adjustment
    lines of the first open month. Exit code 2: it was left open, and why.
    """
    settings = read_settings()
    now_us = time.time_ns() // 1000
    try:
        providers = read_providers(settings.sellers)
    except (BadMap, OSError) as error:
        raise click.ClickException(f"TIERGATE_SELLERS: {error}") from error
    with open_ledger() as engine:
        roll(engine, settings.kept_tags, now_us)
        with engine.connect() as connection:
            findings = check(connection, month, settings.data_dir, now_us, providers)
            found = totals(connection, month)
        _show(findings, accepted)
        _show_totals(found)
        if blocked(findings, accepted):
            click.echo(f"\n{name(month)} was left open.")
            ctx.exit(2)
        if dry_run:
            click.echo(f"\n{name(month)} can be closed. Nothing was changed.")
            return
        try:
            with desk(engine, by) as audit:
                who = Who(by, now_us, period_note(audit, Action.PERIOD_CLOSE))
                closing, _ = close_month(engine, month, settings.data_dir, who, accepted, providers)
        except NotClosed as error:  # rows came in between
            raise click.ClickException(str(error)) from error
    click.echo(f"\n{name(month)} is closed: version {closing.version}, by {by}, digest {closing.digest}.")


@click.command("reopen")
@click.argument("month", type=MONTH)
@click.option("--reason", required=True, help="Why; kept with the closing.")
@_BY
def reopen_(month: date, reason: str, by: str) -> None:
    """Open the last closed month again. Its closing stays on record with the reason."""
    with open_ledger() as engine, desk(engine, by) as audit:
        try:
            note = period_note(audit, Action.PERIOD_REOPEN, reason)
            closing = reopen(engine, month, Who(by, time.time_ns() // 1000, note), reason)
        except NotReopened as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{name(month)} is open again; version {closing.version} stays on record.")


@click.command("periods")
@click.option("--verify", is_flag=True, help="Compute every digest in force anew. Exit code 1: one differs.")
@click.pass_context
def periods_(ctx: click.Context, verify: bool) -> None:
    """Show which months are open or closed, by whom and under which digest."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("month", "state", "version", "when (UTC)", "by", "digest", "reason"):
        table.add_column(column, no_wrap=column != "reason")
    bad = []
    with open_ledger() as engine, engine.connect() as connection:
        known = calendar(connection)
        for closing in known.closings:
            state = "closed" if closing.reopened_us is None else "reopened"
            month = parse_month(closing.period)
            if verify and closing.reopened_us is None and altered(connection, closing, month):
                state = "ALTERED"
                bad.append(closing.period)
            when = closing.reopened_us or closing.closed_us
            who = closing.reopened_by or closing.closed_by
            table.add_row(closing.period, state, str(closing.version), _time(when), who,
                          closing.digest[:16], closing.reopened_because or "")  # fmt: skip
        for month in known_months(connection):
            if not known.settled(month):
                table.add_row(name(month), "open", "", "", "", "", "")
    console().print(table)
    if bad:
        click.echo(f"\nWhat is stored of {', '.join(bad)} is not what was frozen.")
        ctx.exit(1)


def _show(findings: Sequence[Finding], accepted: Sequence[str]) -> None:
    for finding in findings:
        mark = "!" if finding.blocks else "-"
        word = " (accepted)" if finding.blocks and finding.name in accepted else ""
        click.echo(f"{mark} {finding.name}: {finding.text}{word}")


def _show_totals(found: Totals) -> None:
    click.echo()
    for label, amount in (
        ("usage of the month", found.usage),
        ("adjustments of closed months", found.adjustments),
        ("total at agreed prices", found.cost),
        ("total at list prices", found.listed),
        ("of which simulated, no real money", found.simulated),
    ):
        shown = format_usd(None if amount is None else PicoUSD(amount), 2)
        click.echo(f"{label:<36}{shown:>18}")
    click.echo(f"{'requests':<36}{found.requests:>18,}")
    click.echo(f"{'attempts':<36}{found.attempts:>18,}")
    click.echo(f"{'attempts of unknown cost':<36}{found.unknown:>18,}")


def _time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
