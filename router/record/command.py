"""The verbs `tiergate keys` and `tiergate ledger`. They need the database only, no running gateway."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, cast, get_args

import click
import orjson
from rich.console import Console
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from router.domain.kinds import Tier
from router.record.display import SIMULATED, UNKNOWN, WIDTH, keys_table, recent_table, summary_table
from router.record.engine import UnsupportedDatabase, ledger_engine, sqlite_file
from router.record.follow import Follower
from router.record.keys import KeyRow, UnknownKey, create_key, list_keys, revoke_key
from router.record.migrate import LedgerTooNew, head_revision, is_current, migrate
from router.record.since import SINCE
from router.record.store import RecentRow, recent
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


def _exists(engine: Engine) -> bool:
    file = sqlite_file(engine)
    return (file is None or file.exists()) and inspect(engine).has_table("requests")


def _console() -> Console:
    console = Console()
    return Console(width=max(console.width, WIDTH) if console.is_terminal else WIDTH)


def _json(value: Any) -> None:
    click.echo(orjson.dumps(value).decode())


@click.group()
def keys() -> None:
    """Virtual keys: what apps authenticate with."""


@keys.command()
@click.option("--organisation", required=True, help="Who pays.")
@click.option("--team", required=True, help="Whose budget it is.")
@click.option("--project", required=True, help="What it is for.")
@click.option(
    "--tier", "tiers", multiple=True, type=click.Choice([tier.value for tier in Tier]),
    help="A tier the key may use; repeat for more. None: all.",
)  # fmt: skip
@click.option("--model", "models", multiple=True, help="A model the key may use; repeat. None: all.")
@click.option("--label", default="", help="A note for people.")
@click.option("--quiet", is_flag=True, help="Print the token and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(
    organisation: str,
    team: str,
    project: str,
    tiers: tuple[str, ...],
    models: tuple[str, ...],
    label: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Make a key. Its token is shown once and cannot be shown again."""
    with open_ledger(create=True) as engine:
        row, token = create_key(
            engine,
            organisation=organisation,
            team=team,
            project=project,
            now_us=time.time_ns() // 1000,
            allowed_tiers=map(Tier, tiers),
            allowed_models=models,
            label=label,
        )
    if as_json:
        _json({**asdict(row), "token": token})
    elif quiet:
        click.echo(token)
    else:
        click.echo(f"{token}\n")
        click.echo("This token is not stored and cannot be shown again. Running gateways know it within")
        click.echo(f"seconds. To end it: tiergate keys revoke {row.id}")


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_(as_json: bool) -> None:
    """Show all keys, revoked ones included; never their tokens."""
    with open_ledger() as engine:
        rows = list_keys(engine)
    if as_json:
        _json(rows)
    elif rows:
        _console().print(keys_table(rows))
    else:
        click.echo("No keys yet: tiergate keys create --organisation ... --team ... --project ...")


@keys.command()
@click.argument("key_id")
@click.option("--json", "as_json", is_flag=True, help="Print the key as JSON.")
def revoke(key_id: str, as_json: bool) -> None:
    """End a key for good. Give its id (the part after `tg-`), never the token."""
    with open_ledger() as engine:
        try:
            row: KeyRow = revoke_key(engine, key_id, time.time_ns() // 1000)
        except UnknownKey as error:
            raise click.ClickException(
                f"{error}; `tiergate keys list` shows the ids, 12 characters after `tg-`"
            ) from error
    if as_json:
        _json(row)
    else:
        click.echo(f"Revoked {row.id}. Running gateways refuse it within seconds.")


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
            _json(row)
    elif rows:
        _console().print(recent_table(rows, header=header))
        if header and any(row.simulated for row in rows):
            click.echo(f"\n{SIMULATED}")


@ledger.command("summary")
@click.option("--by", type=click.Choice(get_args(By)), default="tier", show_default=True)
@click.option("--since", "since_us", type=SINCE, default=0, help="30m, 24h, 7d, or 2026-09-01 (UTC).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; money in pico-USD.")
def summary_(by: str, since_us: int, as_json: bool) -> None:
    """Show requests, cost and saving by tier, team, model or day."""
    with open_ledger() as engine:
        rows = summary(engine, cast(By, by), since_us)
    whole = total(rows)
    if as_json:
        _json({"by": by, "since_us": since_us, "rows": rows, "total": whole})
        return
    if not rows:
        click.echo("No requests yet." if since_us == 0 else "No requests in that time.")
        return
    _console().print(summary_table(cast(By, by), rows, whole))
    click.echo()
    if any(row.simulated for row in rows):
        click.echo(SIMULATED)
    if whole.unknown:
        click.echo(UNKNOWN)
    if whole.compared < whole.requests:
        click.echo(f"saving: over the {whole.compared:,} requests with known cost and baseline")


@ledger.command("migrate")
def migrate_() -> None:
    """Bring the database to this version's schema (the gateway does it by itself at start)."""
    with open_ledger(create=True):
        click.echo(f"The ledger is at revision {head_revision()}.")
