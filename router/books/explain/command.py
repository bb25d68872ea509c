"""`tiergate books explain`."""

from __future__ import annotations

import time
from datetime import date, timedelta

import click
from rich.table import Table

from router.books.explain.effects import EFFECTS, Effect, Span, effects
from router.books.explain.weeks import Spans, parse_week, spans, teams
from router.books.explain.words import UNNAMED, sentence
from router.books.rollups.roll import roll
from router.domain.money import PicoUSD, format_usd
from router.record.command import console, open_ledger
from router.settings import read_settings

Row = tuple[tuple[str, str | None], dict[Effect, int], Span, Span]


@click.command()
@click.option("--team", required=True)
@click.option("--week", required=True, help="ISO week, such as 2026-W47; held against the week before.")
def explain(team: str, week: str) -> None:
    """Say why a team's bill changed: by workload, as volume, quality, mix, length and price.

    The effects add up to the change exactly. Quality is what was paid for beside the returned answers:
    retries, rejected answers, judges. Costs that nobody knows are in no figure.
    """
    try:
        monday = parse_week(week)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--week") from error
    with open_ledger() as engine:
        roll(engine, read_settings().kept_tags, time.time_ns() // 1000)
        with engine.connect() as connection:
            known = teams(connection)
            if team not in known:
                raise click.ClickException(f"no team {team!r}; there are {', '.join(known) or 'none'}")
            old = spans(connection, team, monday - timedelta(days=7), 7)
            new = spans(connection, team, monday, 7)
    _show(team, week, monday, old, new)


def _show(team: str, week: str, monday: date, old: Spans, new: Spans) -> None:
    rows: list[Row] = []
    for key in {*old, *new}:
        before, after = old.get(key, Span()), new.get(key, Span())
        rows.append((key, effects(before, after), before, after))
    rows.sort(key=lambda row: (-abs(sum(row[1].values())), row[0][0], row[0][1] or ""))
    paid, earlier = (sum(span.cost for span in part.values()) for part in (new, old))
    share = f" ({100 * (paid - earlier) / earlier:+.0f}%)" if earlier else ""
    days = f"{monday} to {monday + timedelta(days=6)}"
    click.echo(f"{team} paid {_usd(paid)} in {week} ({days}), {_usd(earlier)} the week before: "
               f"{_signed(paid - earlier)}{share}.")  # fmt: skip
    if paid == earlier or not rows:
        return
    key, effect, amount = _largest(rows, paid > earlier)
    chosen = next(row for row in rows if row[0] == key)
    click.echo(f"{_signed(amount)} of it is {effect}: {sentence(key[1], effect, chosen[2], chosen[3])}.\n")
    console().print(_table(rows))


def _largest(rows: list[Row], up: bool) -> tuple[tuple[str, str | None], Effect, int]:
    """The effect that moved most in the direction of the whole."""
    sign = 1 if up else -1
    cells = [(key, effect, amount) for key, found, _, _ in rows for effect, amount in found.items()]
    return max(cells, key=lambda cell: sign * cell[2])


def _table(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("project", no_wrap=True)
    table.add_column("workload", no_wrap=True)
    for name in (*EFFECTS, "change"):
        table.add_column(name, no_wrap=True, justify="right")
    for (project, workload), found, _, _ in rows:
        table.add_row(project, workload or UNNAMED, *_cells(found))
    table.add_section()
    whole = {effect: sum(found[effect] for _, found, _, _ in rows) for effect in EFFECTS}
    table.add_row("all", "", *_cells(whole))
    return table


def _cells(found: dict[Effect, int]) -> list[str]:
    return [_signed(amount) for amount in (*(found[effect] for effect in EFFECTS), sum(found.values()))]


def _usd(amount: int) -> str:
    return format_usd(PicoUSD(amount), 2)


def _signed(amount: int) -> str:
    return f"+{_usd(amount)}" if amount > 0 else _usd(amount)
