"""`tiergate ledger seed`."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime

import click
from rich.progress import Progress

from router.books.months import MONTH, month_of
from router.books.seed.run import HoldsRealRows, Order, seed_ledger
from router.books.seed.sheet import NothingPriced
from router.policy.documents import Bundle, load_documents
from router.policy.problems import PolicyRejected
from router.record.command import open_ledger
from router.settings import read_settings


def _bundle() -> Bundle:
    folder = read_settings().policy_dir
    try:
        return load_documents(folder, os.environ, datetime.now(UTC))
    except PolicyRejected as rejected:
        raise click.ClickException(
            f"{folder} is refused, and a seeded ledger takes its models and prices from there:\n"
            + "\n".join(map(str, rejected.problems))
        ) from rejected


@click.command()
@click.option("--rows", required=True, type=click.IntRange(1), help="How many requests.")
@click.option("--months", default=3, show_default=True, type=click.IntRange(1, 60), help="How many months.")
@click.option("--last", type=MONTH, help="The last month, as 2026-11. Default: the last whole one.")
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0), help="Another number, other rows."
)
def seed(rows: int, months: int, last: date | None, seed: int) -> None:
    """Fill a ledger with simulated requests of an invented company, to try screens and closes on.

    Weekday and hour curves, retries, escalations, unknown costs, verdicts and feedback; models and prices are
    those of the policy folder. In the third whole week of the last month the bill of one team rises by 30%
    because the model mix of one workload changed. Every row is marked simulated; a ledger that holds real
    rows is left alone.
    """
    bundle = _bundle()
    order = Order(rows, months, seed, last or month_of(datetime.now(UTC).date(), -1))
    started = time.monotonic()
    with open_ledger(create=True) as engine, Progress(transient=True) as progress:
        task = progress.add_task("seeding", total=rows)
        try:
            done = seed_ledger(
                engine, order, bundle.catalog, bundle.prices, lambda n: progress.advance(task, n)
            )
        except (HoldsRealRows, NothingPriced) as error:
            raise click.ClickException(str(error)) from error
    seconds = time.monotonic() - started
    speed = f"{seconds:.1f} s ({done.rows / seconds:,.0f} rows/s)"
    click.echo(f"{done.requests:,} requests, {done.rows:,} rows in {speed}.")
    click.echo(f"The week to ask about: {done.story[0]} to {done.story[-1]}.")
    click.echo("Everything is simulated: no real money.")
    click.echo("Next: tiergate books roll")
