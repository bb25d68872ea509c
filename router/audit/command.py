"""`tiergate audit verify|list|export`. They need the database and the key only, no running gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import cast

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from router.audit.anchors import Line, read_anchors
from router.audit.entry import Entry
from router.audit.export import Form, document, lines
from router.audit.keys import AuditKeys
from router.audit.log import COLUMNS
from router.audit.verify import Report, entries
from router.audit.verify import verify as verified
from router.audit.writing import open_audit
from router.clock import utc
from router.record.admin_tables import audit_entries
from router.record.command import console, open_ledger, print_json
from router.record.since import SINCE
from router.settings import read_settings

_BROKEN = 2


@click.group()
def audit() -> None:
    """The audit log: who did what to this gateway, signed and chained."""


@audit.command()
@click.option(
    "--anchors", "files", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="More files with signed heads: of other gateways, or their logs. Repeat.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def verify(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Check every signature, the chain and the heads that were kept outside the database.

    Exit code 0: all of it is as it was written; 2: it is not, and where; 1: it could not be checked.
    """
    settings = read_settings()
    log = open_audit(settings)
    own = (log.anchors.path,) if log.anchors.path.exists() else ()
    known = chain.from_iterable(_anchors(path) for path in dict.fromkeys((*own, *files)))
    with open_ledger() as engine, engine.connect() as connection:
        report = verified(connection, log.keys, known)
    if as_json:
        print_json(_facts(report, log.keys))
    else:
        _say(report, log.keys)
    ctx.exit(0 if report.holds else _BROKEN)


@audit.command("list")
@click.option("-n", "count", default=50, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--since", "since_us", type=SINCE, default=0, help="30m, 24h, 7d ago, or 2026-09-01 (UTC).")
@click.option("--action", help="Only this, such as key.create; or all of a thing: `key.`.")
@click.option("--actor", help="Only what this person or program did.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(count: int, since_us: int, action: str | None, actor: str | None, as_json: bool) -> None:
    """Show the latest entries, oldest first."""
    a = audit_entries.c
    query = select(*COLUMNS).where(a.at_us >= since_us).order_by(a.seq.desc()).limit(count)
    if action is not None:
        query = query.where(a.action.startswith(action, autoescape=True))
    if actor is not None:
        query = query.where(a.actor == actor)
    with open_ledger() as engine, engine.connect() as connection:
        found = [Entry(*row) for row in connection.execute(query)][::-1]
    if as_json:
        for entry in found:
            print_json(document(entry))
    elif found:
        console().print(_table(found))
    else:
        click.echo("No entries.")


@audit.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--after", default=0, help="Only entries after this number.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; left out: the terminal."
)
def export(form: str, after: int, out: Path | None) -> None:
    """Write all entries, in order, with their signatures."""
    with open_ledger() as engine, engine.connect() as connection:
        found = lines(entries(connection, after), cast(Form, form))
        if out is None:
            for line in found:
                click.echo(line, nl=False)
            return
        with out.open("w", encoding="utf-8", newline="") as file:
            file.writelines(found)
    click.echo(f"wrote {out}")


def _anchors(path: Path) -> Iterator[Line]:
    try:
        yield from read_anchors(path)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error


def _facts(report: Report, keys: AuditKeys) -> dict[str, object]:
    return {
        "holds": report.holds,
        "entries": report.entries,
        "head": None if report.head is None else report.head.mac,
        "anchors": report.anchors,
        "anchored": report.anchored,
        "key": keys.where,
        "key_beside_the_data": keys.beside_the_data,
        "problems": report.problems,
    }


def _say(report: Report, keys: AuditKeys) -> None:
    for problem in report.problems:
        click.echo(problem)
    if report.problems:
        click.echo(f"\n{len(report.problems)} problems: the audit log is not what was written.")
    elif report.head is None:
        click.echo("The audit log is empty.")
    else:
        last = f"{report.head.seq} of {utc(report.head.at_us):%Y-%m-%d %H:%M} UTC"
        click.echo(f"The audit log holds: {report.entries:,} entries, the last is {last}.")
    if not report.anchors:
        click.echo("No signed head is known here: a tail that was cut off would not be noticed.")
    elif report.holds:
        click.echo(f"Signed heads: {report.anchors:,}, up to entry {report.anchored}.")
    if keys.beside_the_data:
        click.echo(
            f"The key is {keys.where}, made beside the data: who can write there can forge entries. Keep it "
            "elsewhere and name it by TIERGATE_AUDIT_KEY_FILE."
        )


def _table(found: list[Entry]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("no.", "when (UTC)", "who", "from", "what", "of", "detail"):
        table.add_column(column, no_wrap=column not in ("from", "detail"))
    for entry in found:
        who = entry.actor if entry.role is None else f"{entry.actor} ({entry.role})"
        when = f"{utc(entry.at_us):%Y-%m-%d %H:%M:%S}"
        cells = (str(entry.seq), when, who, entry.source, entry.action, entry.target, _told(entry.detail))
        table.add_row(*(Text(cell, overflow="fold") for cell in cells))
    return table


def _told(detail: str) -> str:
    """A detail in lines, the reason first. Texts stay escaped as JSON has them: people wrote them."""
    found: dict[str, object] = json.loads(detail)
    lines: list[str] = []
    for name, value in sorted(found.items(), key=lambda pair: (pair[0] != "reason", pair[0])):
        items = value if isinstance(value, list) else [value]
        lines += [f"{name}: {json.dumps(item, ensure_ascii=False).strip(chr(34))}" for item in items]
    return "\n".join(lines)
