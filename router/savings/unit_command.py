"""`tiergate outcomes`: the cost per accepted outcome, beside that of a request and of a million tokens."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast, get_args

import click
import orjson

from router.books.rolled import rolled_ledger
from router.domain.money import PicoUSD, format_usd
from router.domain.outcomes import Accepted, UnitCost
from router.policy.table import aligned
from router.record.since import SINCE, until
from router.savings.period import By, Period
from router.savings.unit_query import unit_costs


@click.command("outcomes")
@click.option("--from", "first_us", required=True, type=SINCE, help="First moment: 30d, or 2026-11-01 (UTC).")
@click.option("--to", "end_us", type=SINCE, help="First moment not counted; default: now.")
@click.option("--by", type=click.Choice(get_args(By)), default="all", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array; money in pico-USD.")
def outcomes_(first_us: int, end_us: int | None, by: str, as_json: bool) -> None:
    """Show what an accepted outcome costs: verified, judged and reported apart, never added.

    Each is the cost of all requests that were looked at that way, the bad ones included, over the good ones.
    Judged good: at least as good as what it was compared with, or graded 0.5 or better.
    """
    end = until(first_us, end_us)
    with rolled_ledger() as connection:
        found = unit_costs(connection, cast(By, by), Period(first_us, end))
    if as_json:
        click.echo(orjson.dumps([_facts(group, row) for group, row in found.items()]).decode())
    elif found:
        _show(found, by)
    else:
        click.echo("no requests of known cost in that time")


def _facts(group: str | None, row: UnitCost) -> dict[str, Any]:
    return {
        "group": group,
        "requests": row.requests,
        "cost_pico": row.cost,
        "tokens": row.tokens,
        "per_request_pico": _whole(row.per_request),
        "per_million_tokens_pico": _whole(row.per_million_tokens),
        **{part.basis.value: _accepted(part) for part in row.accepted},
    }


def _accepted(part: Accepted) -> dict[str, Any]:
    low, share, high = part.share or (None, None, None)
    return {
        "n": part.looked_at,
        "good": part.good,
        "cost_pico": part.cost,
        "per_outcome_pico": _whole(part.cost_each),
        "share": share,
        "share_low": low,
        "share_high": high,
    }


def _show(found: Mapping[str | None, UnitCost], by: str) -> None:
    names = [part.basis.value for part in next(iter(found.values())).accepted]
    head = [by, "requests", *(f"per {name} outcome" for name in names), "per request", "per 1M tokens"]
    lines = [
        [
            group or "(none)",
            f"{row.requests:,}",
            *(_each(part) for part in row.accepted),
            _usd(row.per_request),
            _usd(row.per_million_tokens),
        ]
        for group, row in found.items()
    ]
    click.echo("\n".join(aligned(head, lines)))
    click.echo("US dollars (good of n, their share with its 95% interval). The three kinds are never added.")


def _each(part: Accepted) -> str:
    if part.share is None:
        return "- (n 0)"
    low, share, high = part.share
    return f"{_usd(part.cost_each)} ({part.good:,} of {part.looked_at:,}, {share:.0%}, {low:.0%}-{high:.0%})"


def _whole(amount: Fraction | None) -> int | None:
    return None if amount is None else round(amount)


def _usd(amount: Fraction | None) -> str:
    return "unknown" if amount is None else format_usd(PicoUSD(round(amount)), 6).replace("$", "")
