"""The verb `tiergate judge`. It needs the database only, no running gateway."""

from __future__ import annotations

import click
import orjson

from router.judge.evidence import judged_answers
from router.judge.report import NOBODY, as_text, reports
from router.record.command import open_ledger
from router.record.since import SINCE


@click.group()
def judge() -> None:
    """Models that judge answers: how far their opinions can be trusted."""


@judge.command("report")
@click.option("--since", "since_us", type=SINCE, default=0, help="30m, 24h, 7d, or 2026-09-01 (UTC).")
@click.option("--simulated", is_flag=True, help="Report on simulated judges instead of real ones.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array; money in pico-USD.")
def report(since_us: int, simulated: bool, as_json: bool) -> None:
    """Hold judges against verified outcomes and human feedback, and show their biases.

    Every figure has its n and a 95% interval; from fewer than 50 answers it is unknown.
    """
    with open_ledger() as engine:
        found = reports(judged_answers(engine, since_us, simulated=simulated), simulated=simulated)
    if as_json:
        click.echo(orjson.dumps(found).decode())
        return
    for one in found:
        click.echo("\n".join(as_text(one)) + "\n")
    if not found:
        click.echo(NOBODY if simulated else f"{NOBODY} --simulated shows those of simulated judges.")
