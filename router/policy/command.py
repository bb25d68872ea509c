"""`tiergate policy`: check a folder before it is live, print or write what is generated from the models."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from router.policy import reference, schemas
from router.policy.ability.document import LEARNED_FILE
from router.policy.documents import load_documents
from router.policy.problems import PolicyRejected
from router.policy.summary import summary
from router.settings import read_settings

_FOLDER = click.Path(path_type=Path)


@click.group()
def policy() -> None:
    """Check, test and plan a policy; put it in force and take it back."""


@policy.command()
@click.argument("folder", type=_FOLDER, required=False)
@click.pass_context
def check(ctx: click.Context, folder: Path | None) -> None:
    """Say whether FOLDER (default: TIERGATE_POLICY_DIR) can be put in force, and what it would mean here.

    Endpoints are shown as the environment of this command activates them. Without FOLDER, outcomes that
    were learned from the ledger (abilities.json in TIERGATE_DATA_DIR) count as in the gateway. Exit code 1:
    refused.
    """
    learned = None
    if folder is None:
        settings = read_settings()
        folder, learned = settings.policy_dir, settings.data_dir / LEARNED_FILE
    try:
        bundle = load_documents(folder, os.environ, datetime.now(UTC), learned)
    except PolicyRejected as rejected:
        click.echo("\n".join(str(problem) for problem in rejected.problems))
        count = len(rejected.problems)
        click.echo(f"{folder}: refused, {count} problem{'s' * (count != 1)}", err=True)
        ctx.exit(1)
    click.echo(summary(str(folder), bundle))


@policy.command()
@click.option("--write", type=_FOLDER, help="Folder to write the three *.schema.json files into.")
def schema(write: Path | None) -> None:
    """Print the JSON Schemas of the documents, or write them where editors find them."""
    if write is None:
        click.echo(json.dumps({kind: schemas.schema(kind) for kind in schemas.KINDS}, indent=2))
        return
    write.mkdir(parents=True, exist_ok=True)
    for kind, name in schemas.FILES.items():
        (write / name).write_text(schemas.schema_text(kind), "utf-8")
        click.echo(f"wrote {write / name}")


@policy.command("reference")
@click.option("--write", type=_FOLDER, help="Markdown file whose marked part is replaced.")
def write_reference(write: Path | None) -> None:
    """Print the field reference of the documents, or write it into a README."""
    if write is None:
        click.echo(reference.reference(), nl=False)
        return
    try:
        text = reference.insert(write.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{write}: {error}") from None
    write.write_text(text, "utf-8")
    click.echo(f"wrote {write}")
