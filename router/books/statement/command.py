"""`tiergate statement`."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import click

from router.books.months import MONTH, name
from router.books.parquet import NoParquet
from router.books.periods.calendar import Closing
from router.books.periods.close import altered
from router.books.rollups.roll import roll
from router.books.statement.build import Statement, build
from router.books.statement.cents import in_dollars
from router.books.statement.files import file_stem, line_rows, quality_rows, slug, write_csv, write_parquet
from router.books.statement.page import page
from router.books.team_option import chosen_team
from router.domain.teams import Team, TeamNames
from router.record.command import open_ledger
from router.settings import read_settings

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("month", type=MONTH)
@click.option("--team", "wanted", help="Only this team, or ORGANISATION/TEAM. Default: all of them.")
@click.option("--out", type=_FOLDER, required=True, help="Folder to write into.")
def statement(month: date, wanted: str | None, out: Path) -> None:
    """Write the statement of MONTH: CSV, Parquet, and a printable page per team.

    Of a closed month it is made of what was frozen; of an open one as the ledger stands now. Printed cents
    add up: teams to the total, lines to their team.
    """
    settings = read_settings()
    now_us = time.time_ns() // 1000
    with open_ledger() as engine:
        roll(engine, settings.kept_tags, now_us)
        with engine.connect() as connection:
            made = build(connection, month)
            closing = made.closing
            if closing is not None and altered(connection, closing, month):
                raise click.ClickException(_altered(closing))
    if not made.lines and not made.quality:
        raise click.ClickException(f"{name(month)} has no rows")
    team = None if wanted is None else chosen_team(wanted, TeamNames(made.teams))
    for path in _write(made, team, out, now_us):
        click.echo(path)
    total = sum(line.printed for line in made.of(team)[0])
    state = (
        "open: figures may still change"
        if made.closing is None
        else f"closed, version {made.closing.version}"
    )
    click.echo(f"{name(month)} {wanted or 'all teams'}: ${in_dollars(total)} ({state})")
    if team is None and made.unused:
        unused = in_dollars(sum(line.printed for line in made.unused))
        click.echo(f"${unused} of it is GPU time that was idle or used beside the gateway: of no team")


def _altered(closing: Closing) -> str:
    frozen = f"what was frozen under {closing.digest}"
    return f"what is stored of {closing.period} is not {frozen}: nothing was written"


def _write(made: Statement, team: Team | None, out: Path, now_us: int) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    names = TeamNames(made.teams)
    stem = file_stem(made.month, None if team is None else names.name(team))
    written = []
    for kind, rows in (("statement", line_rows(made, team)), ("quality", quality_rows(made, team))):
        if not rows:
            continue
        written.append(out / f"{stem}-{kind}.csv")
        write_csv(written[-1], rows)
        try:
            write_parquet(out / f"{stem}-{kind}.parquet", rows)
        except NoParquet as error:
            click.echo(f"no Parquet: {error}", err=True)
        else:
            written.append(out / f"{stem}-{kind}.parquet")
    several = len({known.organisation for known in made.teams}) > 1
    for known in made.teams if team is None else [team]:
        owner = f"{slug(known.organisation)}-" if several else ""
        written.append(out / f"{name(made.month)}-{owner}{slug(known.name)}.html")
        written[-1].write_text(page(made, known, now_us), "utf-8")
    return written
