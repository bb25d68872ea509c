"""The verbs of `tiergate ledger`, and how verbs open it. They need the database only, no running gateway."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast, get_args

import click
import orjson
from rich.console import Console
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from router.record.display import QUALITY, SIMULATED, UNKNOWN, WIDTH, recent_table, summary_table
from router.record.engine import UnsupportedDatabase, ledger_engine, sqlite_file
from router.record.follow import Follower
from router.record.migrate import LedgerTooNew, head_revision, is_current, migrate
from router.record.quality_summary import quality_summary, summary_lines
from router.record.since import SINCE
from router.record.store import RecentRow, recent
from router.record.story import story_lines, story_of
from router.record.summary import By, summary, total
from router.record.write import brief
from router.settings import read_settings


@contextmanager
def open_ledger(*, create: bool = False) -> Iterator[Engine]:
    """The configured ledger; whatever is wrong with it becomes one clear line and exit code 1."""
    try:
        engine = ledger_engine(read_settings().ledger_url)
    except (UnsupportedDatabase, ArgumentError) as error:
        raise click.ClickException(f"TIERGATE_DATABASE_URL: {brief(error)}") from error
    try:
        if create:
            migrate(engine)
        elif not _exists(engine):
            raise click.ClickException(
                "there is no ledger yet: `tiergate serve`, `tiergate keys create` or "
                "`tiergate ledger migrate` makes one"
            )
        elif not is_current(engine):
            raise click.ClickException(
                "the ledger has the schema of an earlier version: `tiergate ledger migrate` brings it up to "
                "date, as `tiergate serve` does"
            )
        yield engine
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(f"the ledger database cannot be used: {brief(error)}") from error
    except LedgerTooNew as error:
        raise click.ClickException(str(error)) from error
    finally:
        engine.dispose()


def ledger_exists() -> bool:
    """Whether the configured ledger is there, with tables. A database that is away is none."""
    try:
        engine = ledger_engine(read_settings().ledger_url)
    except (UnsupportedDatabase, ArgumentError):
        return False
    try:
        return _exists(engine)
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()


def _exists(engine: Engine) -> bool:
    file = sqlite_file(engine)
    return (file is None or file.exists()) and inspect(engine).has_table("requests")


def console() -> Console:
    """Wide enough for the tables, also where there is no terminal."""
    found = Console()
    return Console(width=max(found.width, WIDTH) if found.is_terminal else WIDTH)


def print_json(value: Any) -> None:
    """One line."""
    click.echo(orjson.dumps(value).decode())


@click.group()
def ledger() -> None:
    """A quick look at requests and money."""


@ledger.command()
@click.option("-n", "count", default=20, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--follow", is_flag=True, help="Keep printing new requests until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def tail(count: int, follow: bool, as_json: bool) -> None:
    """Show the latest requests and what was decided for them."""
    with open_ledger() as engine:
        follower = Follower(engine) if follow else None
        rows = recent(engine, count)
        if not rows and not as_json:
            click.echo("No requests yet.")
        _show(rows, as_json=as_json, header=True)
        if follower is None:
            return
        follower.shown(rows)
        while True:
            time.sleep(1)
            for page in follower.new():
                _show(page, as_json=as_json, header=False)


def _show(rows: list[RecentRow], *, as_json: bool, header: bool) -> None:
    if as_json:
        for row in rows:
            print_json(row)
    elif rows:
        console().print(recent_table(rows, header=header))
        if header:
            click.echo(f"\n{QUALITY}")
            if any(row.simulated for row in rows):
                click.echo(SIMULATED)


@ledger.command()
@click.argument("request_id")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as one JSON object.")
def show(request_id: str, as_json: bool) -> None:
    """Show all of one request: attempts, and what was verified, judged and reported of its answer."""
    with open_ledger() as engine:
        story = story_of(engine, request_id)
    if story is None:
        message = f"no request {request_id!r} is in the database; the latest ones get there within seconds"
        raise click.ClickException(message)
    if as_json:
        print_json(story)
        return
    for line in story_lines(story):
        click.echo(line)
    if story.request["simulated"]:
        click.echo(f"\n{SIMULATED}")


@ledger.command("summary")
@click.option("--by", type=click.Choice(get_args(By)), default="tier", show_default=True)
@click.option("--since", "since_us", type=SINCE, default=0, help="30m, 24h, 7d, or 2026-09-01 (UTC).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; money in pico-USD.")
def summary_(by: str, since_us: int, as_json: bool) -> None:
    """Show requests, cost and saving by tier, team, model or day."""
    with open_ledger() as engine:
        rows = summary(engine, cast(By, by), since_us)
        quality = quality_summary(engine, since_us)
    whole = total(rows)
    if as_json:
        print_json({"by": by, "since_us": since_us, "rows": rows, "total": whole, "quality": quality})
        return
    if not rows:
        click.echo("No requests yet." if since_us == 0 else "No requests in that time.")
        return
    console().print(summary_table(cast(By, by), rows, whole))
    click.echo()
    if any(row.simulated for row in rows):
        click.echo(SIMULATED)
    if whole.unknown:
        click.echo(UNKNOWN)
    if whole.compared < whole.requests:
        click.echo(f"saving: over the {whole.compared:,} requests with known cost and baseline")
    for line in summary_lines(quality):
        click.echo(line)


@ledger.command("migrate")
def migrate_() -> None:
    """Bring the database to this version's schema (the gateway does it by itself at start)."""
    with open_ledger(create=True):
        click.echo(f"The ledger is at revision {head_revision()}.")
