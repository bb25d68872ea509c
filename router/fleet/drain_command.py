"""`tiergate fleet drain`, `resume` and `drains`: endpoints out of service and back."""

from __future__ import annotations

import getpass
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from router.domain.catalog import Endpoint
from router.gpu.given import read_bundle
from router.policy.documents import Bundle
from router.policy.problems import choose
from router.record.command import open_ledger
from router.record.drains import Word, last_words, say

POLICY = click.option(
    "--policy", "folder", type=click.Path(path_type=Path), help="Policy folder; default TIERGATE_POLICY_DIR."
)
_BY = click.option("--by", "actor", default=getpass.getuser, show_default="you", help="Who does it.")


@click.command()
@click.argument("endpoint")
@click.option("--reason", default="", help="Why, for whoever is refused and whoever looks later.")
@_BY
@POLICY
def drain(endpoint: str, reason: str, actor: str, folder: Path | None) -> None:
    """Send nobody to ENDPOINT any more; what runs there is finished.

    All gateways obey within a second or so.
    """
    found = known_endpoint(read_bundle(folder), endpoint)
    _say(Word(found.id, time.time_ns() // 1000, True, actor, reason))
    click.echo(f"{found.id} is drained; `tiergate fleet resume {found.id}` puts it back")


@click.command()
@click.argument("endpoint")
@click.option("--reason", default="", help="Why.")
@_BY
def resume(endpoint: str, reason: str, actor: str) -> None:
    """Put ENDPOINT back into service; it is given its places slowly if its catalog entry says so."""
    with open_ledger() as engine, engine.connect() as connection:
        words = {word.endpoint: word for word in last_words(connection) if word.drained}
    if endpoint not in words:
        raise click.ClickException(f"endpoint '{endpoint}' is not drained; {choose(endpoint, list(words))}")
    _say(Word(endpoint, time.time_ns() // 1000, False, actor, reason))
    click.echo(f"{endpoint} is back in service")


@click.command()
def drains() -> None:
    """List what operators said last of each endpoint."""
    with open_ledger() as engine, engine.connect() as connection:
        words = last_words(connection)
    for word in words:
        at = datetime.fromtimestamp(word.at_us / 1e6, UTC)
        state = "drained" if word.drained else "in service"
        since = f"{word.endpoint}: {state} since {at:%Y-%m-%d %H:%M:%S} UTC"
        click.echo(f"{since}, by {word.actor}: {word.reason or '-'}")
    if not words:
        click.echo("nobody ever drained an endpoint")


def known_endpoint(bundle: Bundle, name: str) -> Endpoint:
    """The endpoint of that id in this environment."""
    found = {one.id: one for model in bundle.catalog.models.values() for one in model.endpoints}
    if name not in found:
        raise click.ClickException(f"no endpoint '{name}' is active here; {choose(name, list(found))}")
    return found[name]


def _say(word: Word) -> None:
    with open_ledger(create=True) as engine, engine.begin() as connection:
        say(connection, word)
