"""`tiergate reconcile`."""

from __future__ import annotations

import getpass
import hashlib
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click
from rich.table import Table

from router.audit.entry import Action
from router.audit.writing import desk
from router.books.focus.providers import BadMap, read_providers
from router.books.months import MONTH, name
from router.books.reconcile.compare import CAUSES, Variance, by_cause, compare
from router.books.reconcile.formats import ANTHROPIC, OPENAI, BadFormat, read_format
from router.books.reconcile.invoice import BadInvoice, read_invoice
from router.books.reconcile.store import Result, keep, ledger_sides
from router.books.rollups.roll import books_transaction, roll
from router.domain.money import PicoUSD, format_usd
from router.record.command import console, open_ledger
from router.settings import read_settings

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_KNOWN = {"openai": ("OpenAI", OPENAI), "anthropic": ("Anthropic", ANTHROPIC)}
_SHOWN = 40


@click.command()
@click.option("--provider", type=click.Choice([*_KNOWN, "generic"]), required=True)
@click.option("--issuer", help="Who sent it, as the FOCUS export names issuers. Needed with generic.")
@click.option("--file", "path", type=_FILE, required=True, help="The CSV export.")
@click.option(
    "--map", "mapping", type=_FILE, help="YAML: which column says what (day, model, amount, tokens)."
)
@click.option("--month", type=MONTH, required=True)
@click.option("--by", default=getpass.getuser, show_default="you", help="Who does it, for the record.")
def reconcile(
    provider: str, issuer: str | None, path: Path, mapping: Path | None, month: date, by: str
) -> None:
    """Hold a provider's invoice or usage export against the ledger, by day and model.

    Every variance gets its cause: price, volume, missing on a side, rounding, or unexplained. The result is
    kept, and `tiergate close` shows it. Exit code 2: something is unexplained or missing.
    """
    settings = read_settings()
    known, base = _KNOWN.get(provider, (None, None))
    who = issuer or known
    if who is None or (base is None and mapping is None):
        raise click.UsageError("generic needs --issuer and --map")
    try:
        form = read_format(mapping, base) if mapping else base
        assert form is not None
        invoice, others = read_invoice(path, form, month)
        providers = read_providers(settings.sellers)
    except (BadFormat, BadInvoice, BadMap, OSError) as error:
        raise click.ClickException(str(error)) from error
    now_us = time.time_ns() // 1000
    with open_ledger() as engine, desk(engine, by) as audit:
        roll(engine, settings.kept_tags, now_us)
        with engine.connect() as connection, books_transaction(connection):
            ledger, costs = ledger_sides(connection, month, who, providers)
            found = compare(ledger, invoice, costs)
            booked = sum(side.amount or 0 for side in ledger.values())
            billed = booked + sum(one.amount for one in found)
            result = Result(who, path.name, booked, billed, by_cause(found))
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            keep(connection, month, result, digest, (by, now_us), found)
            told = {**asdict(result), "file_digest": digest}
            audit.log.append(connection, audit.act(Action.INVOICE_RECONCILE, name(month), told, now_us))
    _show(found, result, month, others)
    causes = result.causes
    if any(causes[cause] for cause in ("missing_in_ledger", "missing_in_invoice", "unexplained")):
        click.get_current_context().exit(2)


def _show(found: list[Variance], result: Result, month: date, others: int) -> None:
    off = [one for one in found if set(one.causes) - {"rounding"}]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("day", "model", "ledger", "invoice", "variance", "cause", "tokens"):
        table.add_column(
            column, no_wrap=True, justify="left" if column in ("day", "model", "cause") else "right"
        )
    for one in sorted(off, key=lambda one: -abs(one.amount))[:_SHOWN]:
        cause = ", ".join(f"{name.replace('_', ' ')}" for name in one.causes)
        table.add_row(one.day, one.model, _usd(one.ledger), _usd(one.invoice), _usd(one.amount), cause,
                      f"{sum(one.tokens.values()):+,}" if one.tokens else "")  # fmt: skip
    if off:
        console().print(table)
    if len(off) > _SHOWN:
        click.echo(f"... and {len(off) - _SHOWN:,} more days and models")
    if others:
        click.echo(f"{others:,} lines of the file are of other months and were left out")
    click.echo(f"\n{result.issuer}, {name(month)}")
    click.echo(f"{'ledger':<24}{_usd(result.ledger):>18}")
    for cause in CAUSES:
        click.echo(f"  {cause.replace('_', ' '):<22}{_usd(result.causes[cause]):>18}")
    click.echo(f"{'invoice':<24}{_usd(result.invoice):>18}")


def _usd(amount: int | None) -> str:
    return "-" if amount is None else format_usd(PicoUSD(amount), 4)
