"""`tiergate dashboard`: start it, and make the hash of a password. Streamlit is not imported here."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import click

from dashboard.signin.passwords import FEWEST, WeakPassword, hashed
from router.domain.roles import Role
from router.domain.teams import read_team

_APP = Path(__file__).with_name("app.py")


@click.group("dashboard", invoke_without_command=True)
@click.option("--host", help="Address it listens on; left out: STREAMLIT_SERVER_ADDRESS, else 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port; left out: STREAMLIT_SERVER_PORT, else 8501."
)
@click.pass_context
def dashboard(ctx: click.Context, host: str | None, port: int | None) -> None:
    """Show the ledger in a browser, to whom TIERGATE_DASHBOARD_ACCESS lets in; unset: to this machine."""
    if ctx.invoked_subcommand is not None:
        return
    if importlib.util.find_spec("streamlit") is None:
        raise click.ClickException("the dashboard is not installed: pip install 'tiergate[dashboard]'")
    _check(host)
    command = [sys.executable, "-m", "streamlit", "run", str(_APP)]
    command += [] if host is None else ["--server.address", host]
    command += [] if port is None else ["--server.port", str(port)]
    os.execv(sys.executable, command)


def _check(host: str | None) -> None:
    """What app.py checks again, in words instead of in a traceback."""
    server = importlib.import_module("dashboard.signin.server")
    problems = importlib.import_module("router.policy.problems")
    bound = host or os.environ.get("STREAMLIT_SERVER_ADDRESS") or "127.0.0.1"
    try:
        server.parts(server.entrance(), bound, None)
    except (server.NotStarted, problems.PolicyRejected) as error:
        raise click.ClickException(f"the dashboard does not start: {error}") from None


@dashboard.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--team", "teams", multiple=True, help="Of a team lead: ORGANISATION/TEAM; once for each.")
def password(name: str, role: str, teams: tuple[str, ...]) -> None:
    """Ask for a password and print the lines for NAME under `spec.users` of a DashboardAccess document."""
    if (role == Role.TEAM_LEAD) != bool(teams):
        raise click.UsageError("--team is for a team_lead, who needs it; the other roles see every team")
    try:
        named = [str(read_team(team)) for team in teams]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--team") from None
    given = click.prompt(
        f"Password ({FEWEST} characters or more)", hide_input=True, confirmation_prompt=True, err=True
    )
    try:
        made = hashed(given)
    except WeakPassword as weak:
        raise click.ClickException(str(weak)) from None
    click.echo(f"    - name: {name}\n      role: {role}")
    if named:
        click.echo(f"      teams: {json.dumps(named, ensure_ascii=False)}")
    click.echo(f"      password: {made}")
