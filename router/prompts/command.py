"""`tiergate erase` and `tiergate prompts show|purge`. They need the database and the key, no gateway."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

import click
from sqlalchemy import Connection

from router.audit.entry import Action
from router.audit.writing import Desk, desk
from router.prompts.forget import Erased, erase_requests, erase_subject
from router.prompts.forget import purge as purge_old
from router.prompts.opened import asked, said
from router.prompts.vault import CannotOpen, Vault, open_vault
from router.record.command import open_ledger, print_json
from router.settings import read_settings


@click.command("erase")
@click.option("--subject", help="What the app gave as `safety_identifier` or `user`.")
@click.option("--request", "requests", multiple=True, help="A single request by its id; repeat for more.")
@click.option("--reason", required=True, help="Why; in the audit log. Do not name the person in it.")
@click.option("--by", help="Who does it; left out: the user of this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def erase_(
    subject: str | None, requests: tuple[str, ...], reason: str, by: str | None, as_json: bool
) -> None:
    """Erase what a person asked and said, and the reference to them; rows of money stay.

    Rows that gateways still have in their journals are erased when they reach the database.
    """
    if (subject is None) == (not requests):
        raise click.UsageError("give --subject or --request")
    now_us = time.time_ns() // 1000
    with open_ledger() as engine, desk(engine, by) as audit:
        if subject is None:
            note = _note(audit, ",".join(requests), reason)
            done = erase_requests(engine, requests, now_us, note)
        else:
            hashes = _vault().subjects(subject)
            done = erase_subject(engine, hashes, now_us, _note(audit, hashes[0], reason))
    if as_json:
        print_json(done)
        return
    texts = f"{done.feedback:,} texts of feedback, {done.verdicts:,} of checks, {done.judgements:,} of judges"
    click.echo(f"Erased: {done.requests:,} requests, in them {done.prompts:,} prompts or subjects, {texts}.")
    click.echo("Money, models and outcomes stay. Backups and files of the quarantine are yours to look at.")


@click.group()
def prompts() -> None:
    """Stored prompts: opened with the key, deleted when they are over."""


@prompts.command()
@click.argument("request_id")
@click.option("--words", is_flag=True, help="What people, checks and judges said of its answer, instead.")
@click.option("--reason", required=True, help="Why; in the audit log.")
def show(request_id: str, words: bool, reason: str) -> None:
    """Print the messages of one request as JSON. Who looked, and why, is in the audit log."""
    vault = _vault()
    with open_ledger() as engine, desk(engine) as audit:
        try:
            with engine.connect() as connection:
                text = said(connection, request_id, vault) if words else asked(connection, request_id, vault)
        except CannotOpen as error:
            raise click.ClickException(f"{request_id}: {error}") from error
        if text is None:
            what = "words" if words else "prompt"
            raise click.ClickException(f"no {what} of request {request_id!r} is stored (any more)")
        detail = {"reason": reason, "what": "words" if words else "prompt"}
        audit.log.enter(engine, audit.act(Action.PROMPT_SHOW, request_id, detail))
    click.echo(text)


@prompts.command()
def purge() -> None:
    """Delete now what is older than TIERGATE_PROMPT_DAYS, as gateways do every minute."""
    settings = read_settings()
    with open_ledger() as engine:
        gone = purge_old(engine, settings.prompt_days, time.time_ns() // 1000)
    click.echo(f"{gone:,} prompts and subjects deleted.")


def _vault() -> Vault:
    vault = open_vault(read_settings())
    if vault is None:
        raise click.ClickException("TIERGATE_PROMPT_KEY_FILE: the key is needed, and none is set")
    return vault


def _note(audit: Desk, target: str, reason: str) -> Callable[[Connection, Erased], None]:
    def note(connection: Connection, done: Erased) -> None:
        detail = {"reason": reason, **asdict(done)}
        audit.log.append(connection, audit.act(Action.SUBJECT_ERASE, target, detail))

    return note
