"""`tiergate prices`: the price book held against an open source. Needs no gateway and no network."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from router.admin.notes import changes, sources
from router.audit.entry import Action
from router.audit.writing import with_entry
from router.learn.versions import replace_durably
from router.policy.table import aligned
from router.prices.check import Limits
from router.prices.check import check as checked
from router.prices.compare import Change
from router.prices.opening import changes_of, matched_rows, opened, opened_book, patched, source_note
from router.prices.source import PriceSource
from router.prices.write import Update, usd

_FOLDER = click.option(
    "--policy", "folder", type=click.Path(path_type=Path), help="Policy folder; default TIERGATE_POLICY_DIR."
)
_FILE = click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="A price map in litellm's form; default: the one of the installed litellm.",
)
_MAP = click.option(
    "--map", "pairs", multiple=True, metavar="MODEL=KEY", help="The source's key for a model; repeat."
)


@click.group()
def prices() -> None:
    """Hold the price book against an open price source, and check it."""


@prices.command()
@_FOLDER
@_FILE
@_MAP
@click.pass_context
def diff(ctx: click.Context, folder: Path | None, file: Path | None, pairs: tuple[str, ...]) -> None:
    """Show where the book's list prices in force now differ from the source.

    Exit code 0: nowhere, 2: somewhere, 1: it could not be told.
    """
    now = datetime.now(UTC)
    book, source = opened(folder, file, now)
    found = [
        change
        for matched, index in matched_rows(book, source, pairs, now)
        for change in changes_of(book, matched, index)
    ]
    _show(found, source)
    ctx.exit(2 if found else 0)


@prices.command("import")
@_FOLDER
@_FILE
@_MAP
@click.option("--model", "models", multiple=True, help="Only this model; repeat for more. Default: all.")
@click.option(
    "--from",
    "start",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day (UTC) of the new prices; default tomorrow.",
)
@click.option("--version", help="The book's new version; default: today's date.")
@click.option("--write", is_flag=True, help="Write the book; else the patch is printed.")
@click.pass_context
def import_(
    ctx: click.Context,
    folder: Path | None,
    file: Path | None,
    pairs: tuple[str, ...],
    models: tuple[str, ...],
    start: datetime | None,
    version: str | None,
    write: bool,
) -> None:
    """Make a patch of the book from the source: the old price ends, its successor stands below it.

    A negotiated price stays; the list price beside it moves. Exit code 0: nothing to change, or written;
    2: there is a patch, which was printed and not written; 1: it could not be made.
    """
    now = datetime.now(UTC)
    begin = now.date() + timedelta(days=1) if start is None else start.date()
    book, source = opened(folder, file, now)
    found = []
    for matched, index in matched_rows(book, source, pairs, now):
        moved = changes_of(book, matched, index)
        if moved and (not models or matched.model in models):
            note = source_note(matched, source)
            at = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
            found.append(Update(matched.model, index, moved, at, note, now.date()))
    _show([change for update in found for change in update.changes], source)
    if not found:
        return
    before, after = patched(book, found, version or now.date().isoformat(), now)
    name = str(book.file)
    click.echo("".join(difflib.unified_diff(before, after, name, name)), nl=False)
    if not write:
        ctx.exit(2)
    _write(book.file, "".join(before), "".join(after))
    click.echo(f"wrote {name}")


@prices.command()
@_FOLDER
@click.option("--soon", default=30, show_default=True, type=click.IntRange(0, 3650), help="Days ahead.")
@click.option(
    "--stale",
    default=120,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="Days until a price is to be looked up again.",
)
@click.pass_context
def check(ctx: click.Context, folder: Path | None, soon: int, stale: int) -> None:
    """Find endpoints without a price now or soon, prices nobody looked up for long, and doubtful figures.

    Exit code 0: nothing; 1: an endpoint is unpriced now or soon, or the folder is refused; 2: anything else.
    """
    now = datetime.now(UTC)
    book = opened_book(folder, now)
    found = checked(book, now, Limits(timedelta(days=soon), timedelta(days=stale)))
    for problem in sorted([*found.unpriced, *found.doubtful]):
        click.echo(str(problem))
    if not found.unpriced and not found.doubtful:
        click.echo(f"{book.file}: nothing to look at")
    ctx.exit(1 if found.unpriced else 2 if found.doubtful else 0)


def _write(file: Path, before: str, after: str) -> None:
    """With its entry in the audit log."""

    def replace() -> None:
        mode = file.resolve().stat().st_mode
        replace_durably(file.resolve(), after.encode())
        file.chmod(mode)

    told = changes(sources({file.name: before}), sources({file.name: after}))
    with_entry(Action.PRICES_IMPORT, str(file), told, replace)


def _show(found: Sequence[Change], source: PriceSource) -> None:
    click.echo(f"source: {source.name}, sha256 {source.digest}")
    if not found:
        click.echo("the book's list prices are the source's")
        return
    head = ("model", "holds for", "price", "book", "source", "change")
    rows = [
        [
            c.model,
            str(c.holds) or "all",
            c.field,
            "-" if c.old is None else usd(c.field, c.old),
            usd(c.field, c.new),
            c.percent,
        ]
        for c in found
    ]
    click.echo("\n".join(aligned(head, rows)))
    click.echo("US dollars per million tokens; search: per call")
