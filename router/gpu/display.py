"""What `tiergate gpu` prints: billed hours, what they came to, break-even; as text or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click
import orjson

from router.domain.money import PicoUSD, exact_usd, format_usd
from router.gpu.allocate import Basis, Line
from router.gpu.bill import Hour
from router.gpu.break_even import BreakEven
from router.gpu.loaded import Loaded
from router.policy.table import aligned

_LINES = ("requests", "judging", "outside", "idle")
"""In the order of `Line`."""
_SOURCES = {Basis.COUNTERS: "vLLM's counters", Basis.LEDGER: "the ledger's tokens"}


def show_hours(made: Sequence[Hour], *, as_json: bool) -> None:
    """Each hour with its lines, which add up to its bill."""
    if as_json:
        click.echo(orjson.dumps([_facts(hour) for hour in made]).decode())
        return
    if not made:
        click.echo("nothing to bill: these hours are billed")
        return
    head = ("endpoint", "hour, UTC", "bill", *_LINES, "by", "utilisation from")
    rows = [
        [
            hour.endpoint,
            f"{datetime.fromtimestamp(hour.hour_us / 1e6, UTC):%Y-%m-%d %H:%M}",
            exact_usd(PicoUSD(hour.bill_pico)),
            *(exact_usd(PicoUSD(hour.line(line))) for line in Line),
            hour.method,
            _SOURCES[hour.basis],
        ]
        for hour in made
    ]
    click.echo("\n".join(aligned(head, rows)))
    unknown = sum(hour.unknown for hour in made)
    if unknown:
        click.echo(f"{unknown:,} attempts of unknown tokens have no share")


def _facts(hour: Hour) -> dict[str, object]:
    names = (
        "endpoint",
        "hour_us",
        "version",
        "bill_pico",
        "method",
        "basis",
        "rate_id",
        "work",
        "capacity",
        "unknown",
    )
    facts = {name: getattr(hour, name) for name in names}
    return {**facts, **{f"{line.value}_pico": hour.line(line) for line in Line}}


def show_loaded(found: Sequence[Loaded], *, as_json: bool) -> None:
    """What billed hours came to, by endpoint."""
    if as_json:
        rows = [{**asdict(row), "utilisation": row.utilisation} for row in found]
        click.echo(orjson.dumps(rows).decode())
        return
    if not found:
        click.echo("no billed hours in that time: `tiergate gpu bill` makes them")
        return
    head = ("endpoint", "hours", "bill", *_LINES, "utilisation", "by the price book")
    lines = [
        [
            row.endpoint,
            f"{row.hours:,}",
            *(_usd(part) for part in (row.bill, row.requests, row.judges, row.outside, row.idle)),
            f"{row.utilisation:.1%}",
            _usd(row.marginal),
        ]
        for row in found
    ]
    click.echo("\n".join(aligned(head, lines)))
    click.echo("US dollars. `by the price book` is the marginal cost that decisions went by.")
    blind = sum(row.hours - row.counted for row in found)
    if blind:
        click.echo(f"{blind:,} hours without vLLM's counters: their utilisation is the gateway's own tokens")


def show_break_even(found: BreakEven, endpoint: str, against: str, hours: float, *, as_json: bool) -> None:
    """Both comparisons, and at what volume each would be even."""
    if as_json:
        click.echo(orjson.dumps({**asdict(found), "hours": hours}).decode())
        return
    said = f"{endpoint}: {found.attempts:,} attempts, {found.tokens:,} tokens in {hours:,.1f} hours"
    click.echo(f"{said}; bill {_usd(found.bill)} USD")
    for name, api in (("the same tokens", found.same_tokens), ("its own output length", found.own_length)):
        needed = found.volume_needed(api)
        if needed is None:
            click.echo(f"{against} at {name}: nothing to compare, no tokens")
            continue
        cheaper = "the endpoint" if found.bill < api else "the API model"
        said = f"{against} at {name}: {_usd(api)} USD, {cheaper} is cheaper"
        click.echo(f"{said}; break-even at {float(needed):.2f} times this volume")
    click.echo("API: agreed price, no cache discount. The bill does not grow until the endpoint is full.")


def _usd(amount: int) -> str:
    return format_usd(PicoUSD(amount), 4).replace("$", "")
