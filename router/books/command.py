"""`tiergate books`: the sums that screens and statements read."""

from __future__ import annotations

import time

import click

from router.books.rollups.roll import mark_all, roll
from router.record.command import open_ledger
from router.settings import read_settings


@click.group()
def books() -> None:
    """What finance reads of the ledger."""


@books.command("roll")
@click.option("--again", is_flag=True, help="Make all sums anew, not only those of hours that changed.")
@click.option(
    "--every", type=click.FloatRange(1), metavar="SECONDS", help="Go on until Ctrl-C, with that pause."
)
def roll_(again: bool, every: float | None) -> None:
    """Bring the hourly and daily sums up to the ledger's rows.

    Safe to run at any time, from several machines, and after a crash: an hour is always summed up whole.
    """
    tags = read_settings().kept_tags
    with open_ledger(create=True) as engine:
        if again:
            mark_all(engine)
        while True:
            started = time.monotonic()
            done = roll(engine, tags, time.time_ns() // 1000)
            if done.hours or every is None:
                seconds = time.monotonic() - started
                click.echo(f"Rolled up {done.hours:,} hours of {done.days:,} days in {seconds:.1f} s.")
            if every is None:
                return
            time.sleep(every)
