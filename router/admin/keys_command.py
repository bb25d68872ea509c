"""The verbs of `tiergate keys`. They need the database only, no running gateway."""

from __future__ import annotations

import time
from dataclasses import asdict

import click
from sqlalchemy import Engine

from router.admin.duration import DURATION
from router.admin.key_models import unknown_model
from router.admin.names import NAME, ORGANISATION
from router.admin.notes import key_note
from router.audit.entry import Action
from router.audit.writing import desk
from router.clock import utc
from router.domain.kinds import Tier
from router.policy.problems import Problem
from router.record.command import console, open_ledger, print_json
from router.record.display import keys_table
from router.record.key_changes import KeyEnded, rotate_key
from router.record.keys import KeyRow, UnknownKey, create_key, list_keys, revoke_key
from router.settings import read_settings


@click.group()
def keys() -> None:
    """Virtual keys: what apps authenticate with."""


@keys.command()
@click.option("--organisation", required=True, type=ORGANISATION, help="Who pays; no slash in it.")
@click.option("--team", required=True, type=NAME, help="Whose budget it is.")
@click.option("--project", required=True, type=NAME, help="What it is for.")
@click.option(
    "--tier", "tiers", multiple=True, type=click.Choice([tier.value for tier in Tier]),
    help="A tier the key may use; repeat for more. None: all.",
)  # fmt: skip
@click.option(
    "--model", "models", multiple=True, help="A model of the catalog that the key may use; repeat. None: all."
)
@click.option("--label", default="", help="A note for people.")
@click.option("--expires", "lifetime_us", type=DURATION, help="How long it is good: 24h, 90d; default: ever.")
@click.option("--quiet", is_flag=True, help="Print the token and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(
    organisation: str,
    team: str,
    project: str,
    tiers: tuple[str, ...],
    models: tuple[str, ...],
    label: str,
    lifetime_us: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Make a key. Its token is shown once and cannot be shown again."""
    now_us = time.time_ns() // 1000
    with open_ledger(create=True) as engine, desk(engine) as audit:
        _check_models(engine, models)
        row, token = create_key(
            engine,
            organisation=organisation,
            team=team,
            project=project,
            now_us=now_us,
            expires_us=None if lifetime_us is None else now_us + lifetime_us,
            allowed_tiers=map(Tier, tiers),
            allowed_models=models,
            label=label,
            note=key_note(audit, Action.KEY_CREATE),
        )
    if as_json:
        print_json({**asdict(row), "token": token})
    elif quiet:
        click.echo(token)
    else:
        click.echo(f"{token}\n")
        click.echo("This token is not stored and cannot be shown again. Running gateways know it within")
        click.echo(f"seconds. To end it: tiergate keys revoke {row.id}")


def _check_models(engine: Engine, models: tuple[str, ...]) -> None:
    """Against the catalog in force; where there is none to read, only with a warning. Raises BadParameter."""

    def warn(why: Problem) -> None:
        click.echo(f"Warning: --model is not checked: {why}", err=True)

    if (wrong := unknown_model(models, read_settings(), engine, warn)) is not None:
        raise click.BadParameter(wrong, param_hint="'--model'")


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_(as_json: bool) -> None:
    """Show all keys, revoked ones included; never their tokens."""
    with open_ledger() as engine:
        rows = list_keys(engine)
    if as_json:
        print_json(rows)
    elif rows:
        console().print(keys_table(rows))
    else:
        click.echo("No keys yet: tiergate keys create --organisation ... --team ... --project ...")


@keys.command()
@click.argument("key_id")
@click.option("--overlap", "overlap_us", type=DURATION, default="24h", show_default=True,
              help="How long the old token is good beside the new one.")  # fmt: skip
@click.option("--expires", "lifetime_us", type=DURATION, help="How long the new one is good; default: ever.")
@click.option("--quiet", is_flag=True, help="Print the token and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def rotate(key_id: str, overlap_us: int, lifetime_us: int | None, quiet: bool, as_json: bool) -> None:
    """Make a key's successor, for the same caller and with the same boundary; the old one ends by itself."""
    now_us = time.time_ns() // 1000
    expires_us = None if lifetime_us is None else now_us + lifetime_us
    with open_ledger() as engine, desk(engine) as audit:
        note = key_note(audit, Action.KEY_ROTATE)
        try:
            done = rotate_key(engine, key_id, now_us, overlap_us, expires_us=expires_us, note=note)
        except (UnknownKey, KeyEnded) as error:
            raise click.ClickException(f"{error}; `tiergate keys list` shows those there are") from error
    if as_json:
        print_json({**asdict(done.new), "token": done.token})
    elif quiet:
        click.echo(done.token)
    else:
        assert done.old.expires_us is not None
        click.echo(f"{done.token}\n")
        click.echo(f"{done.old.id} is good until {utc(done.old.expires_us):%Y-%m-%d %H:%M:%S} UTC beside it.")


@keys.command()
@click.argument("key_id")
@click.option("--json", "as_json", is_flag=True, help="Print the key as JSON.")
def revoke(key_id: str, as_json: bool) -> None:
    """End a key for good. Give its id (the part after `tg-`), never the token."""
    with open_ledger() as engine, desk(engine) as audit:
        try:
            note = key_note(audit, Action.KEY_REVOKE)
            row: KeyRow = revoke_key(engine, key_id, time.time_ns() // 1000, note)
        except UnknownKey as error:
            raise click.ClickException(
                f"{error}; `tiergate keys list` shows the ids, 12 characters after `tg-`"
            ) from error
    if as_json:
        print_json(row)
    else:
        click.echo(f"Revoked {row.id}. Running gateways refuse it within seconds.")
