"""`tiergate savings`: what routing saved against the declared baseline, as a band, gross and net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast, get_args

import click
import orjson

from router.books.rolled import rolled_ledger
from router.domain.money import PicoUSD, format_usd
from router.domain.savings import Band
from router.policy.table import aligned
from router.record.since import SINCE, until
from router.savings.period import By, Period
from router.savings.query import Found, found


@click.command("savings")
@click.option("--from", "first_us", required=True, type=SINCE, help="First moment: 30d, or 2026-11-01 (UTC).")
@click.option("--to", "end_us", type=SINCE, help="First moment not counted; default: now.")
@click.option("--by", type=click.Choice(get_args(By)), default="all", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array; money in pico-USD.")
def savings_(first_us: int, end_us: int | None, by: str, as_json: bool) -> None:
    """Show savings against the baseline that the policy declared when each request was served.

    Gross is the baseline minus what the answers cost; net also takes off retries, escalations, requests that
    were not answered, judges and idle GPU time. Where a holdout runs, the saving is measured as well.
    """
    end = until(first_us, end_us)
    with rolled_ledger() as connection:
        rows = found(connection, cast(By, by), Period(first_us, end))
    if as_json:
        click.echo(orjson.dumps([_facts(row) for row in rows]).decode())
    elif rows:
        _show(rows, by)
    else:
        click.echo("no requests in that time")


def _facts(row: Found) -> dict[str, Any]:
    s = row.savings
    return {
        "group": row.group,
        "requests": s.requests,
        "simulated": row.simulated,
        "baseline_booked": s.booked,
        "baseline": asdict(s.baseline),
        "spent": {**asdict(s.spent), "overhead": s.spent.overhead},
        "gross": asdict(s.gross),
        "net": asdict(s.net),
        "holdout": None if s.holdout is None else asdict(s.holdout),
        "method": s.method,
    }


def _show(rows: Sequence[Found], by: str) -> None:
    head = (by, "compared", "baseline", "answers", "gross saving", "overhead", "net saving", "measured, 95%")
    lines = [
        [
            row.group or "(none)",
            f"{row.savings.requests:,}",
            _band(row.savings.baseline),
            _usd(row.savings.spent.answers),
            _band(row.savings.gross),
            _usd(row.savings.spent.overhead),
            _band(row.savings.net),
            "-" if row.savings.holdout is None else _band(row.savings.holdout.saving),
        ]
        for row in rows
    ]
    click.echo("\n".join(aligned(head, lines)))
    click.echo(
        "US dollars, middle (low to high). Overhead: retries, escalations, unanswered, judges, idle GPU."
    )
    for row in rows if by == "all" else ():
        click.echo(row.savings.method)
        spent = row.savings.spent
        parts = ("retries", "escalations", "unanswered", "judges", "idle_gpu")
        click.echo(
            "overhead: " + ", ".join(f"{n.replace('_', ' ')} {_usd(getattr(spent, n))}" for n in parts)
        )
        if row.savings.holdout is not None:
            held, routed = row.savings.holdout.held_out, row.savings.holdout.routed
            click.echo(f"measured on {held:,} requests held out at random against {routed:,} routed")
    simulated = sum(row.simulated for row in rows)
    if simulated:
        click.echo(f"{simulated:,} requests had simulated upstreams: no real money")


def _band(band: Band) -> str:
    return f"{_usd(band.middle)} ({_usd(band.low)} to {_usd(band.high)})"


def _usd(amount: int) -> str:
    return format_usd(PicoUSD(amount), 4).replace("$", "")
