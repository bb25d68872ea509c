"""`tiergate books late`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime

import click
import orjson

from router.books.months import MONTH, name
from router.books.periods.late import late
from router.domain.money import PicoUSD, format_usd
from router.policy.table import aligned
from router.record.command import open_ledger


@click.command("late")
@click.argument("month", type=MONTH)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array; money in pico-USD.")
def late_(month: date, as_json: bool) -> None:
    """List the requests that arrived for MONTH after it was closed, and the month that takes them over."""
    with open_ledger() as engine, engine.connect() as connection:
        found = late(connection, month)
    if as_json:
        click.echo(orjson.dumps([asdict(one) for one in found]).decode())
        return
    if not found:
        click.echo(f"nothing arrived for {name(month)} after it was closed, or it is open")
        return
    head = ("arrived, UTC", "started, UTC", "team", "project", "workload", "model", "cost", "in", "request")
    rows = [
        [
            _time(one.arrived_us),
            _time(one.started_us),
            one.team,
            one.project,
            one.workload or "(none)",
            one.model or "(no answer)",
            "unknown" if one.cost_pico is None else format_usd(PicoUSD(one.cost_pico)),
            name(one.taken_by),
            one.request_id,
        ]
        for one in found
    ]
    click.echo("\n".join(aligned(head, rows)))


def _time(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%d %H:%M:%S}"
