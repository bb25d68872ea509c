"""The verbs `tiergate ledger rerate` and `tiergate ledger late-usage`. No running gateway is needed."""

from __future__ import annotations

import getpass
import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson
from sqlalchemy import Engine

from router.audit.entry import Action
from router.audit.writing import Desk, desk
from router.corrections.amend import Stamp
from router.corrections.late import read_reports
from router.corrections.run import Note, Report, late_usage, rerate
from router.domain.corrections import CorrectionKind
from router.domain.money import PicoUSD, exact_usd
from router.domain.prices import PriceBook
from router.policy.documents import Bundle, load_documents
from router.policy.problems import PolicyRejected
from router.policy.table import aligned
from router.record.command import open_ledger
from router.record.since import SINCE, until
from router.settings import read_settings

_POLICY = click.option(
    "--policy", "folder", type=click.Path(path_type=Path), help="Policy folder; default TIERGATE_POLICY_DIR."
)
_BY = click.option("--by", "actor", default=getpass.getuser, show_default="you", help="Who corrects.")
_DRY = click.option("--dry-run", is_flag=True, help="Say what would be corrected, write nothing.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object; money in pico-USD.")


@click.command("rerate")
@click.option("--from", "first_us", required=True, type=SINCE, help="First moment: 7d, or 2026-11-01 (UTC).")
@click.option("--to", "end_us", type=SINCE, help="First moment not re-rated; default: now.")
@click.option("--reason", required=True, help="Why; stands in every correction.")
@_BY
@_POLICY
@_DRY
@_JSON
@click.pass_context
def rerate_(
    ctx: click.Context,
    first_us: int,
    end_us: int | None,
    reason: str,
    actor: str,
    folder: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Price the requests of a time by the price book as it is now, and book the differences.

    Attempts, calls for judging, and the baselines that savings are held against. Rows of requests and
    attempts stay as they are; what changes is added as corrections. Run again, it finds
    nothing more; stopped half-way and run again, it goes on. Exit code 0: done, or nothing to correct; 2:
    --dry-run found corrections; 1: error.
    """
    now_us = time.time_ns() // 1000
    bundle = _bundle(folder)
    book, end = bundle.prices, until(first_us, end_us)
    stamp = _stamp(CorrectionKind.RERATE, now_us, actor, reason)
    with open_ledger(create=True) as engine, desk(engine, actor) as audit:
        note = _begin(audit, stamp, book, {"from_us": first_us, "until_us": end})
        report = rerate(
            engine, book, first_us, end, stamp, dry_run=dry_run, note=note, catalog=bundle.catalog
        )
        _end(engine, audit, stamp, report, dry_run=dry_run)
    _tell(report, stamp, book, dry_run=dry_run, as_json=as_json)
    ctx.exit(2 if dry_run and report.corrections else 0)


@click.command("late-usage")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--reason", default="reported by the provider after the request", show_default=True, help="Why."
)
@_BY
@_POLICY
@_DRY
@_JSON
@click.pass_context
def late_usage_(
    ctx: click.Context,
    file: Path,
    reason: str,
    actor: str,
    folder: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Book usage that providers reported after requests had ended: FILE has one JSON object a line.

    `{"request_id": "...", "n": 1, "usage": {...}, "service_tier": "..."}`, the usage in the provider's own
    form. A line that cannot be used refuses the file. Exit codes as for `rerate`.
    """
    now_us = time.time_ns() // 1000
    book = _bundle(folder).prices
    stamp = _stamp(CorrectionKind.LATE_USAGE, now_us, actor, reason)
    with open_ledger(create=True) as engine, desk(engine, actor) as audit:
        with engine.connect() as connection:
            reports = read_reports(file, connection)
        if reports.problems:
            raise click.ClickException("\n".join(str(problem) for problem in sorted(reports.problems)))
        note = _begin(audit, stamp, book, {"file": file.name, "reports": len(reports.usages)})
        report = late_usage(engine, book, reports.usages, stamp, dry_run=dry_run, note=note)
        _end(engine, audit, stamp, report, dry_run=dry_run)
    _tell(report, stamp, book, dry_run=dry_run, as_json=as_json)
    ctx.exit(2 if dry_run and report.corrections else 0)


def _bundle(folder: Path | None) -> Bundle:
    try:
        return load_documents(folder or read_settings().policy_dir, os.environ, datetime.now(UTC))
    except PolicyRejected as rejected:
        raise click.ClickException(str(rejected)) from rejected


def _begin(audit: Desk, stamp: Stamp, book: PriceBook, about: dict[str, object]) -> Note:
    """Entered with the first correction, so that a run that is killed is known too."""
    detail = {"kind": stamp.kind, "reason": stamp.reason, "price_book": book.version, **about}
    return audit.log.note(audit.act(Action.CORRECTION_BEGIN, stamp.batch_id, detail, stamp.created_us))


def _end(engine: Engine, audit: Desk, stamp: Stamp, report: Report, *, dry_run: bool) -> None:
    if report.corrections and not dry_run:
        detail = {"corrections": report.corrections, "delta_pico": report.delta}
        audit.log.enter(engine, audit.act(Action.CORRECTION_END, stamp.batch_id, detail))


def _stamp(kind: CorrectionKind, now_us: int, actor: str, reason: str) -> Stamp:
    moment = datetime.fromtimestamp(now_us / 1e6, UTC)
    batch_id = f"{kind.value.replace('_', '-')}-{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    return Stamp(batch_id, kind, now_us, actor, reason)


def _tell(report: Report, stamp: Stamp, book: PriceBook, *, dry_run: bool, as_json: bool) -> None:
    lines = sorted(report.lines.items(), key=lambda item: tuple(map(str, item[0])))
    if as_json:
        click.echo(orjson.dumps(_facts(report, stamp, book, dry_run=dry_run)).decode())
        return
    click.echo(f"price book {book.version}: {report.requests:,} requests, {report.attempts:,} attempts read")
    if lines:
        head = ("model", "old price", "new price", "attempts", "correction, USD", "at list prices")
        rows = [
            [
                model,
                old or "none",
                new or "none",
                f"{line.attempts:,}",
                _usd(line.delta),
                _usd(line.delta_list),
            ]
            for (model, old, new), line in lines
        ]
        click.echo("\n".join(aligned(head, rows)))
    if report.unpriced:
        click.echo(f"{report.unpriced:,} attempts have no price in this book either and stay unpriced")
    for what, line in (("calls for judging", report.judging), ("baselines", report.baselines)):
        if line.attempts:
            click.echo(f"{line.attempts:,} {what}: {_usd(line.delta)} USD")
    done = "would be written" if dry_run else f"written as batch {stamp.batch_id}"
    click.echo(
        f"{report.corrections:,} corrections of {_usd(report.delta)} USD in all {done}"
        if report.corrections
        else "nothing to correct"
    )


def _facts(report: Report, stamp: Stamp, book: PriceBook, *, dry_run: bool) -> dict[str, Any]:
    lines = [
        {
            "model": model,
            "old_price_id": old,
            "new_price_id": new,
            "attempts": line.attempts,
            "delta_pico": line.delta,
            "delta_list_pico": line.delta_list,
        }
        for (model, old, new), line in report.lines.items()
    ]
    return {
        "batch_id": None if dry_run or not report.corrections else stamp.batch_id,
        "price_book": book.version,
        "dry_run": dry_run,
        "requests": report.requests,
        "attempts": report.attempts,
        "unpriced": report.unpriced,
        "corrections": report.corrections,
        "delta_pico": report.delta,
        "judging": {"calls": report.judging.attempts, "delta_pico": report.judging.delta},
        "baselines": {"requests": report.baselines.attempts, "delta_pico": report.baselines.delta},
        "lines": lines,
    }


def _usd(amount: int) -> str:
    return ("+" if amount > 0 else "") + exact_usd(PicoUSD(amount))
