"""One run of `tiergate bench-models`: questions, models, results, and what they come to."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import httpx
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from router.asking import Hopeless
from router.policy.parsed_catalog import parsed_catalog
from router.policy.problems import PolicyRejected
from router.record.engine import ledger_engine
from router.result_lines import append
from router.settings import Settings
from router.suites.item import BadSuite, Suite
from router.suites.landed import landed
from router.suites.load import load
from router.suites.measure import Limits, Piece, measure
from router.suites.own_evidence import own_evidence
from router.suites.results import Result, latest, read_results
from router.suites.scorecard import Row, Scores, document, remarks, scorecard, table

_REASONS_SHOWN = 5
EXPECTED = (BadSuite, Hopeless)
"""What a user can mend; the message says how."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose; names as there."""

    suite: str
    models: tuple[str, ...]
    data: Path | None
    answers: Path | None
    tests: Path | None
    url: str
    key_env: str
    count: int | None
    repeats: int
    temperature: float | None
    max_tokens: int | None
    concurrency: int
    rpm: float | None
    timeout_s: float
    resume: Path | None
    plot: Path | None
    as_json: bool


def run(options: Options, settings: Settings) -> None:
    """Prints the scorecard and writes what was asked for. Raises BadSuite, Hopeless, OSError."""
    if options.plot is not None:
        _drawing()  # before anything is spent
    suite = load(options.suite, options.data, options.answers, options.tests)
    results = _measured(options, suite)
    rows = scorecard(results)
    scores = _scores(settings.policy_dir, suite)
    if options.plot is not None:
        _drawing().draw(options.plot, suite.name, rows, scores)
    if options.as_json:
        found = {"suite": suite.name, "benchmark": suite.benchmark, "notes": _notes(suite, rows)}
        click.echo(orjson.dumps({**found, "models": document(rows, scores)}, option=orjson.OPT_INDENT_2))
    else:
        notes = [*remarks(rows, scores), *_lost(results), *_notes(suite, rows)]
        click.echo("\n".join([*table(rows, scores), *notes]))
    click.echo(_evidence(results, suite, settings), err=options.as_json)


def _measured(options: Options, suite: Suite) -> list[Result]:
    """Old and new results of the chosen questions."""
    items = suite.items[: options.count]
    pieces = [
        Piece(item, model, repeat)
        for repeat in range(options.repeats)
        for item in items
        for model in options.models
    ]
    old = read_results(options.resume, suite.name) if options.resume is not None else []
    wanted = {piece.key for piece in pieces}
    known = {result.key: result for result in old if result.key in wanted}
    waiting = [piece for piece in pieces if piece.key not in known]
    click.echo(_opening(options, suite, len(items), len(known)), err=True)
    with ExitStack() as opened:
        columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        progress = opened.enter_context(Progress(*columns, console=Console(stderr=True)))
        bar = progress.add_task("asking", total=len(pieces), completed=len(known))
        file = opened.enter_context(options.resume.open("ab")) if options.resume is not None else None

        def done(result: Result) -> None:
            if file is not None:
                append(file, result)
            progress.advance(bar)

        new = asyncio.run(_ask_all(options, suite, waiting, done)) if waiting else []
    order = {piece.key: n for n, piece in enumerate(pieces)}
    return sorted(latest([*known.values(), *new]), key=lambda result: order[result.key])


async def _ask_all(options: Options, suite: Suite, waiting: Sequence[Piece], done: Any) -> list[Result]:
    key = os.environ.get(options.key_env, "")
    client = httpx.AsyncClient(
        base_url=options.url.rstrip("/") + "/",
        headers={"authorization": f"Bearer {key}"} if key else {},
        timeout=httpx.Timeout(options.timeout_s, connect=10.0),
        limits=httpx.Limits(max_connections=options.concurrency),
        trust_env=False,
    )
    extra: dict[str, Any] = {}
    if options.temperature is not None:
        extra["temperature"] = options.temperature
    if options.max_tokens is not None:
        extra["max_tokens"] = options.max_tokens
    async with client:
        return await measure(
            client, suite.name, waiting, extra, Limits(options.concurrency, options.rpm), done
        )


def _opening(options: Options, suite: Suite, asked: int, known: int) -> str:
    times = f", {options.repeats} times each" if options.repeats > 1 else ""
    models = ", ".join(options.models)
    lines = [f"{suite.name}: {asked} of {len(suite.items)} questions{times}, to {models} at {options.url}"]
    lines += [f"  {count} left out: {reason}" for reason, count in suite.skipped.items()]
    if known:
        lines.append(f"  {known} answered before stand in {options.resume}")
    return "\n".join(lines)


def _scores(policy_dir: Path, suite: Suite) -> Scores:
    """Published scores, the latest first; none without a catalog on this machine."""
    try:
        catalog = parsed_catalog(policy_dir)
    except (PolicyRejected, OSError):
        return {}
    if catalog is None or suite.benchmark is None:
        return {}
    found = {
        model.name: [part for part in model.published if part.benchmark == suite.benchmark]
        for model in catalog.content.spec.models
    }
    return {name: sorted(parts, key=lambda part: part.date, reverse=True) for name, parts in found.items()}


def _notes(suite: Suite, rows: Sequence[Row]) -> list[str]:
    weak = Counter(item.note for item in suite.items if item.note)
    lines = [
        f"weaker than the benchmark: {note} for {n} of {len(suite.items)} questions, so published scores do "
        "not compare"
        for note, n in weak.items()
    ]
    lines.append("cost: all attempts of the gateway; latency: whole answers; intervals: Wilson's, 90%")
    if any(row.simulated for row in rows):
        lines.append("SIMULATED: no model answered; these figures say nothing of a real one")
    return lines


def _lost(results: Sequence[Result]) -> list[str]:
    """Why questions had no answer, the most frequent reasons first."""
    reasons = Counter((one.asked, str(one.error)) for one in results if one.verdict is None)
    lines = [f"lost: {n} of {asked}: {error}" for (asked, error), n in reasons.most_common(_REASONS_SHOWN)]
    more = sum(reasons.values()) - sum(n for _, n in reasons.most_common(_REASONS_SHOWN))
    return [*lines, f"lost: {more} for other reasons; --resume FILE keeps them all"] if more else lines


def _evidence(results: Sequence[Result], suite: Suite, settings: Settings) -> str:
    """What of this run is in the ledger, and what the ledger says of these models altogether."""
    ids = [one.request_id for one in results if one.request_id is not None]
    engine = ledger_engine(settings.ledger_url)
    try:
        found = landed(engine, ids)
        own = own_evidence(
            engine,
            {str(one.model) for one in results},
            {item.task for item in suite.items},
            simulated=any(one.simulated for one in results),
        )
    finally:
        engine.dispose()
    if found is None or not found.booked:
        return "evidence: this machine's ledger does not hold these requests; the gateway's own does"
    told = f"evidence: {found.verified} of {len(ids)} requests have a verdict in the ledger"
    if found.verified < len(ids):
        told += "; the rest fell outside what their rule verifies, or could not be checked"
    return "\n".join([f"{told}; `tiergate learn` counts them", *own])


def _drawing() -> Any:
    try:
        from router.suites import plot  # noqa: PLC0415 - matplotlib is an extra
    except ImportError as error:
        raise BadSuite("--plot needs matplotlib: install tiergate[train]") from error
    return plot
