"""`tiergate forecast`: what a month will have cost at its end, as a band."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import click
import orjson

from router.books.explain.weeks import teams
from router.books.months import MONTH, month_of, name
from router.books.outlook.ahead import forecast_span
from router.books.outlook.daily import Part, history, newest_day, today_of
from router.books.rolled import rolled_ledger
from router.books.team_option import chosen_team
from router.domain.forecast import NEEDED_DAYS, Forecast, RunOut
from router.domain.money import PICO_PER_USD, PicoUSD, format_usd

_PARTS = ("team", "project", "workload", "model")


class _Dollars(click.ParamType[int]):
    """To pico-USD."""

    name = "usd"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            amount = Decimal(str(value)) * PICO_PER_USD
        except InvalidOperation:
            self.fail(f"{value!r} is not an amount in US dollars, such as 1500 or 0.25", param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value!r} is no amount to spend", param, ctx)
        return int(amount)


DOLLARS = _Dollars()


@click.command("forecast")
@click.option("--team", help="Only this team, or ORGANISATION/TEAM.")
@click.option("--project", help="Only this project.")
@click.option("--workload", help="Only this workload.")
@click.option("--model", help="Only this model.")
@click.option("--month", type=MONTH, help="A month that is not over; default: that of today (UTC).")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="As if it were the morning of that day (UTC)."
)
@click.option("--amount", type=DOLLARS, help="A budget in US dollars: when will it be used up?")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object; money in pico-USD.")
def forecast_(
    team: str | None,
    project: str | None,
    workload: str | None,
    model: str | None,
    month: date | None,
    as_of: Any,
    amount: int | None,
    as_json: bool,
) -> None:
    """Say what a month will have cost at its end: an estimate with a band, from daily spend.

    Weekday pattern and run rate of the last weeks; the band is what the same rule was off in the past. It
    takes four weeks of history.
    """
    now_us = time.time_ns() // 1000
    today = today_of(now_us) if as_of is None else as_of.date()
    month = month_of(today) if month is None else month
    last = month_of(month, 1) - timedelta(days=1)
    if not month <= today <= last:
        raise click.BadParameter(f"{name(month)} does not hold {today}", param_hint="--month")
    with rolled_ledger() as connection:
        whose = Part.of(None if team is None else chosen_team(team, teams(connection)))
        part = replace(whose, project=project, workload=workload, model=model)
        found = forecast_span(connection, part, month, last, today)
        if found is None:
            raise click.ClickException(_too_little(part, len(history(connection, part, today)[0].amounts),
                                                   newest_day(connection)))  # fmt: skip
    out = None if amount is None else found.run_out(amount)
    if as_json:
        click.echo(orjson.dumps(_facts(found, month, out)).decode())
    else:
        _show(found, part, month, amount, out)


def _too_little(part: Part, days: int, newest: date | None) -> str:
    who = ", ".join(f"{n} {getattr(part, n)}" for n in _PARTS if getattr(part, n)) or "the ledger"
    seen = "it has no charges at all" if newest is None else f"its last charges are of {newest}"
    return (
        f"no forecast for {who}: it takes {NEEDED_DAYS} whole days of history and some spend in the last two "
        f"weeks; there are {days} days, and of the ledger {seen} (--as-of looks from an earlier day)"
    )


def _facts(found: Forecast, month: date, out: RunOut | None) -> dict[str, Any]:
    return {
        "month": name(month),
        "estimate": True,
        "spent_pico": found.spent,
        "total_pico": asdict(found.total),
        "history_days": found.history,
        "method": found.method,
        "path": [{"day": one.day, **asdict(one.total)} for one in found.path],
        "run_out": None if out is None else asdict(out),
    }


def _show(found: Forecast, part: Part, month: date, amount: int | None, out: RunOut | None) -> None:
    who = " ".join(getattr(part, n) for n in _PARTS if getattr(part, n)) or "all teams"
    total = found.total
    click.echo(f"{who}, {name(month)}: {_usd(found.spent)} until now, about {_usd(total.middle)} at its end "
               f"({_usd(total.low)} to {_usd(total.high)})")  # fmt: skip
    if amount is not None and out is not None:
        click.echo(f"{_usd(amount)} {_reached(out)}")
    click.echo(f"{found.method} {found.history} days of history.")


def _reached(out: RunOut) -> str:
    if out.earliest is None:
        return "will most likely last to the end of the month"
    if out.expected is None:
        return f"may be used up from {out.earliest} on; more likely it lasts to the end of the month"
    until = f"or as late as {out.latest}" if out.latest else "or not at all"
    return f"will be used up about {out.expected}, as early as {out.earliest} {until}"


def _usd(amount: int) -> str:
    return format_usd(PicoUSD(amount), 2)
