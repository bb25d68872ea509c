"""`tiergate gpu`: counters sampled, hours billed, what they came to, and whether it pays."""

from __future__ import annotations

import getpass
import time
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import click
from sqlalchemy import Engine

from router.audit.entry import Action
from router.audit.writing import Desk, desk
from router.books.rolled import rolled_ledger
from router.clock import utc
from router.domain.gpu import HOUR_US
from router.gpu.bill import Hour, NoRate, Order, bill_hour
from router.gpu.break_even import break_even
from router.gpu.display import show_break_even, show_hours, show_loaded
from router.gpu.given import chosen_endpoints, hours_asked, metrics_page, read_bills, read_bundle, served_at
from router.gpu.loaded import loaded, volumes
from router.gpu.samples import NoCounters, keep, scrape
from router.policy.problems import choose
from router.record.command import open_ledger
from router.record.since import SINCE, until

_POLICY = click.option(
    "--policy", "folder", type=click.Path(path_type=Path), help="Policy folder; default TIERGATE_POLICY_DIR."
)
_ENDPOINTS = click.option(
    "--endpoint", "endpoints", multiple=True, help="Only this endpoint; repeat. Default: all with a rate."
)
_FROM = click.option(
    "--from", "first_us", required=True, type=SINCE, help="First moment: 7d, or 2026-11-01 (UTC)."
)
_TO = click.option("--to", "end_us", type=SINCE, help="First moment not counted; default: now.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; money in pico-USD.")

_DAY_US = 24 * HOUR_US


@click.group()
def gpu() -> None:
    """Self-hosted endpoints: utilisation, bills by the hour, break-even."""


@gpu.command()
@_ENDPOINTS
@click.option("--url", help="The metrics page; default: /metrics of the endpoint's server.")
@_POLICY
def sample(endpoints: tuple[str, ...], url: str | None, folder: Path | None) -> None:
    """Read vLLM's token counters once and keep them: run it every few minutes, and at least every hour.

    Exit code 1: a page could not be read; those that could are kept.
    """
    bundle = read_bundle(folder)
    chosen = chosen_endpoints(bundle, endpoints)
    if url is not None and len(chosen) != 1:
        raise click.ClickException("--url is one page: give the one --endpoint that it is of")
    failures = []
    with open_ledger(create=True) as engine:
        for endpoint in chosen:
            try:
                found = scrape(endpoint, url or metrics_page(bundle, endpoint), time.time_ns() // 1000)
            except NoCounters as error:
                failures.append(str(error))
                continue
            with engine.begin() as connection:
                keep(connection, found)
            click.echo(
                f"{endpoint}: {found.prompt_tokens:,} prompt tokens ({found.cached_tokens:,} from the prefix "
                f"cache), {found.generation_tokens:,} generated since the server started"
            )
    if failures:
        raise click.ClickException("\n".join(failures))


@gpu.command()
@click.option("--hour", "hour_us", type=SINCE, help="One hour, such as 2026-11-01T10:00 (UTC).")
@click.option("--from", "first_us", type=SINCE, help="First moment: 7d, or 2026-11-01 (UTC).")
@_TO
@_ENDPOINTS
@click.option(
    "--opencost",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Bills from an OpenCost allocation CSV, step 1 hour, in place of the rate.",
)
@click.option(
    "--map", "pairs", multiple=True, metavar="NAME=ENDPOINT", help="OpenCost's name of an endpoint; repeat."
)
@click.option("--again", is_flag=True, help="Bill hours anew; a new version is written where it differs.")
@click.option("--by", "actor", default=getpass.getuser, show_default="you", help="Who bills.")
@_POLICY
@_JSON
def bill(
    hour_us: int | None,
    first_us: int | None,
    end_us: int | None,
    endpoints: tuple[str, ...],
    opencost: Path | None,
    pairs: tuple[str, ...],
    again: bool,
    actor: str,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Divide the bill of full hours among requests, other clients and idle time; exact to the pico-dollar.

    Each hour is billed once; run again, it bills what is missing. Utilisation comes from vLLM's counters
    where `tiergate gpu sample` ran around the hour, else from the ledger's own tokens; every line says which.
    """
    now_us = time.time_ns() // 1000
    hours = hours_asked(hour_us, first_us, end_us, now_us)
    bundle = read_bundle(folder)
    chosen = chosen_endpoints(bundle, endpoints)
    export = read_bills(opencost, pairs, chosen)
    order = Order(bundle.prices.gpu, export.bills, now_us, actor, again, served_at(bundle))
    made: list[Hour] = []
    with open_ledger(create=True) as engine, desk(engine, actor) as audit:
        for endpoint in chosen:
            for _, of_day in groupby(hours, lambda hour: hour // _DAY_US):
                made += _billed_day(engine, audit, order, endpoint, [*of_day])
    show_hours(made, as_json=as_json)


def _billed_day(engine: Engine, audit: Desk, order: Order, endpoint: str, hours: list[int]) -> list[Hour]:
    """The hours of one day, with one entry in the audit log for those that were written."""
    made: list[Hour] = []
    trouble: NoRate | None = None
    with engine.begin() as connection:
        for hour in hours:
            try:
                found = bill_hour(connection, order, endpoint, hour)
            except NoRate as error:
                trouble = error
                break
            if found is not None:
                made.append(found)
        if made:
            told = {
                "hours": [f"{utc(one.hour_us):%Y-%m-%dT%H:%M}" for one in made],
                "versions": [one.version for one in made],
                "bill_pico": sum(one.bill_pico for one in made),
                "method": made[0].method,
            }
            audit.log.append(connection, audit.act(Action.GPU_BILL, endpoint, told, order.now_us))
    if trouble is not None:
        raise click.ClickException(str(trouble)) from trouble
    return made


@gpu.command()
@_FROM
@_TO
@_JSON
def report(first_us: int, end_us: int | None, as_json: bool) -> None:
    """Show what billed hours came to: who used them, what was idle, and the fully loaded cost."""
    end = until(first_us, end_us)
    with rolled_ledger() as connection:
        found = loaded(connection, first_us, end)
    show_loaded(found, as_json=as_json)


@gpu.command("break-even")
@click.option("--endpoint", required=True, help="The self-hosted endpoint.")
@click.option("--against", required=True, help="A model of the catalog that is paid per token.")
@_FROM
@_TO
@_POLICY
@_JSON
def break_even_(
    endpoint: str, against: str, first_us: int, end_us: int | None, folder: Path | None, as_json: bool
) -> None:
    """Hold an endpoint's GPU-hours against an API model at the volume that the ledger has.

    The bill is that of every hour of the time at the declared rate, busy or idle.
    """
    end = until(first_us, end_us)
    bundle = read_bundle(folder)
    [chosen] = chosen_endpoints(bundle, (endpoint,))
    if against not in bundle.catalog.models:
        raise click.ClickException(f"no model '{against}'; {choose(against, list(bundle.catalog.models))}")
    at = datetime.fromtimestamp(end / 1e6, UTC)
    price = bundle.prices.find(against, "", at)
    rate = bundle.prices.gpu.find(chosen, at)
    if price is None or rate is None:
        what = f"model {against} has no price" if price is None else f"endpoint {chosen} has no GPU-hour rate"
        raise click.ClickException(f"{what} in force at {at:%Y-%m-%d %H:%M} UTC")
    with rolled_ledger() as connection:
        found = volumes(connection, rate.endpoints, first_us, end)
    time_us = max(0, end - first_us)
    bill_pico = rate.per_hour * time_us // HOUR_US
    whole = break_even(found, bill_pico, bundle.catalog.models[against], price.rates)
    show_break_even(whole, chosen, against, time_us / HOUR_US, as_json=as_json)
