"""`tiergate admin credentials`: who may use the admin API. Needs the database only, no running gateway."""

from __future__ import annotations

import time
from dataclasses import asdict

import click
from rich.table import Table

from router.admin.duration import DURATION
from router.admin.notes import credential_note
from router.audit.entry import Action
from router.audit.writing import desk
from router.clock import utc
from router.domain.roles import Role
from router.domain.teams import read_team
from router.record.command import console, open_ledger, print_json
from router.record.credentials import (
    Credential,
    UnknownCredential,
    Wanted,
    create_credential,
    list_credentials,
    revoke_credential,
)


@click.group()
def admin() -> None:
    """The admin API: who may use it."""


@admin.group()
def credentials() -> None:
    """Credentials of people and programs, each with a role."""


@credentials.command()
@click.argument("user_name")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--team", "teams", multiple=True, help="A team lead's: ORGANISATION/TEAM; repeat for more.")
@click.option("--display-name", default="", help="What people call them; left out: the user name.")
@click.option("--external-id", help="Their id where people are kept, such as a directory's.")
@click.option("--expires", "lifetime_us", type=DURATION, help="How long it is good: 24h, 90d; default: ever.")
@click.option("--quiet", is_flag=True, help="Print the token and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(
    user_name: str,
    role: str,
    teams: tuple[str, ...],
    display_name: str,
    external_id: str | None,
    lifetime_us: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Make a credential for USER_NAME. Its token is shown once and cannot be shown again."""
    if (role == Role.TEAM_LEAD) != bool(teams):
        raise click.UsageError("--team goes with --role team_lead, which needs one or more")
    try:
        named = tuple(read_team(team) for team in teams)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--team") from None
    now_us = time.time_ns() // 1000
    expires_us = None if lifetime_us is None else now_us + lifetime_us
    wanted = Wanted(user_name, display_name, Role(role), named, external_id, expires_us)
    with open_ledger(create=True) as engine, desk(engine) as audit:
        made, token = create_credential(
            engine, wanted, now_us, credential_note(audit, Action.CREDENTIAL_CREATE)
        )
    if as_json:
        print_json({**_facts(made), "token": token})
    elif quiet:
        click.echo(token)
    else:
        click.echo(f"{token}\n")
        click.echo("This token is not stored and cannot be shown again.")
        click.echo(f"To end it: tiergate admin credentials revoke {made.id}")


@credentials.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_(as_json: bool) -> None:
    """Show all, revoked ones included; never their tokens."""
    with open_ledger() as engine:
        found = list_credentials(engine)
    if as_json:
        print_json([_facts(one) for one in found])
        return
    if not found:
        click.echo("No credentials yet: tiergate admin credentials create NAME --role admin")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("id", "user name", "role", "teams", "created", "last used", "expires", "revoked"):
        table.add_column(column)
    for one in found:
        times = (one.created_us, one.last_used_us, one.expires_us, one.revoked_us)
        days = ("" if at_us is None else f"{utc(at_us):%Y-%m-%d}" for at_us in times)
        table.add_row(one.id, one.user_name, one.role, ", ".join(_teams(one)), *days)
    console().print(table)


@credentials.command()
@click.argument("credential_id")
def revoke(credential_id: str) -> None:
    """End one for good, at once. Give its id (the part after `tga-`), never the token."""
    with open_ledger() as engine, desk(engine) as audit:
        try:
            note = credential_note(audit, Action.CREDENTIAL_REVOKE)
            done = revoke_credential(engine, credential_id, time.time_ns() // 1000, note)
        except UnknownCredential as error:
            raise click.ClickException(f"{error}; `tiergate admin credentials list` shows the ids") from error
    click.echo(f"Revoked {done.id} of {done.user_name}.")


def _facts(one: Credential) -> dict[str, object]:
    """As JSON has it: teams as they are written."""
    facts = {**asdict(one), "teams": _teams(one)}
    del facts["unplaced"]
    return facts


def _teams(one: Credential) -> list[str]:
    """`acme/search`; what names no organisation, and lets nobody in, says so."""
    return [*map(str, one.teams), *(f"{name} (no organisation: make it anew)" for name in one.unplaced)]
