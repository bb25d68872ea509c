"""`tiergate export focus`."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import click

from router.books.focus.columns import CURRENT, VERSIONS, columns
from router.books.focus.providers import BadMap, read_providers
from router.books.focus.rows import export as export_rows
from router.books.focus.write import write_csv, write_parquet
from router.books.months import MONTH, name
from router.books.parquet import NoParquet
from router.books.rollups.roll import roll
from router.record.command import open_ledger
from router.settings import read_settings

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def export() -> None:
    """The books in formats that other programs read."""


@export.command()
@click.option("--month", type=MONTH, required=True, help="Such as 2026-11; closed or open.")
@click.option("--version", type=click.Choice(VERSIONS), default=CURRENT, show_default=True)
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--out", type=_FILE, help="The file. Default: focus-MONTH-VERSION.csv or .parquet here.")
def focus(month: date, version: str, kind: Literal["csv", "parquet"], out: Path | None) -> None:
    """Write MONTH as a FOCUS Cost and Usage dataset.

    One row per day, endpoint, SKU price, sub-account (team and project) and tags; each token direction is a
    SKU. BilledCost is 0 for what nobody invoices: self-hosted and simulated endpoints. EffectiveCost adds up
    to the month's total. What corrects a closed month has ChargeClass Correction and its own charge period.
    """
    settings = read_settings()
    out = out or Path(f"focus-{name(month)}-{version}.{kind}")
    try:
        providers = read_providers(settings.sellers)
    except (BadMap, OSError) as error:
        raise click.ClickException(str(error)) from error
    with open_ledger() as engine:
        roll(engine, settings.kept_tags, time.time_ns() // 1000)
        with engine.connect() as connection:
            made = export_rows(connection, month, version, providers)
    try:
        (write_csv if kind == "csv" else write_parquet)(out, columns(version), made.rows)
    except (NoParquet, OSError) as error:
        raise click.ClickException(str(error)) from error
    effective = sum((row["EffectiveCost"] for row in made.rows), Decimal(0))
    billed = sum((row["BilledCost"] for row in made.rows), Decimal(0))
    click.echo(f"{out}: FOCUS {version}, {len(made.rows):,} rows")
    click.echo(f"EffectiveCost {effective:,.2f} USD, of which invoiced (BilledCost) {billed:,.2f} USD")
    if made.unknown:
        click.echo(f"{made.unknown:,} attempts of unknown cost are in no row: FOCUS knows no unknown cost")
