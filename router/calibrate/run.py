"""One run of `tiergate calibrate`: choose prompts, ask, count, say, and write where it was asked for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from router.asking import Hopeless
from router.calibrate.measure import measure
from router.calibrate.prompts import BadPrompts, Suite, own_suite, read_suite, stratified
from router.calibrate.report import figures, patch, table
from router.calibrate.results import BadResults, Result, Run, latest, read_results
from router.calibrate.target import CannotCalibrate, Given, Target, admitted, of_catalog, of_url
from router.calibrate.write import check_catalog, edit_of, write_catalog
from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed
from router.policy.documents import Bundle, load_documents
from router.policy.parsed_catalog import parsed_catalog
from router.policy.yamledit import CannotEdit
from router.result_lines import append
from router.sandbox.prompts import Prompt

EXPECTED = (CannotCalibrate, BadPrompts, BadResults, Hopeless, CannotEdit)
"""What an admin can mend; the message says how."""
_SIMULATED = " (simulated)"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose; names as there."""

    model: str
    endpoint: str | None
    url: str | None
    key_env: str | None
    upstream_model: str | None
    residency: str | None
    prompt_file: Path | None
    count: int
    seed: int
    concurrency: int
    timeout_s: float | None
    resume: Path | None
    out: Path | None
    write: Path | None
    simulated: bool


def run(options: Options, policy_dir: Path, learned: Path) -> None:
    """Prints table and patch, and writes what was asked for. Raises EXPECTED, PolicyRejected, OSError."""
    now = datetime.now(UTC)
    bundle = load_documents(policy_dir, os.environ, now, learned)
    target = _target(options, bundle, policy_dir)
    suite = own_suite() if options.prompt_file is None else read_suite(options.prompt_file)
    if options.write is not None:
        check_catalog(options.write, target.name, os.environ, now)  # before anything is spent
    prompts = _chosen(options, suite, target, bundle)
    results = _measured(options, target, suite, prompts)
    if not any(result.right is not None for result in results):
        raise CannotCalibrate(f"no answer could be checked; the last one: {results[-1].error}")
    price = bundle.prices.find(target.name, target.endpoint.id, now)
    rows = figures(results, price)
    click.echo("\n".join(table(rows)))
    click.echo(_remarks(results, options, priced=price is not None))
    simulated = any(result.simulated for result in results)
    name = suite.name + (_SIMULATED if simulated else "")
    date = now.date().isoformat()
    text = patch(target.name, rows, name, date)
    if options.out is None:
        click.echo(f"\n{text}", nl=False)
    else:
        options.out.write_text(text, "utf-8")
        click.echo(f"wrote {options.out}")
    if options.write is not None:
        if simulated and not options.simulated:
            raise CannotEdit("a simulated endpoint answered; --simulated puts even that into a catalog")
        write_catalog(options.write, target.name, edit_of(rows, name, date), os.environ, now)
        click.echo(f"wrote {options.write}; `tiergate policy check` shows the abilities it gives")


def _target(options: Options, bundle: Bundle, policy_dir: Path) -> Target:
    if options.url is None:
        alone = {"--key-env": options.key_env, "--upstream-model": options.upstream_model}
        alone["--residency"] = options.residency
        for name, value in alone.items():
            if value is not None:
                raise CannotCalibrate(f"{name} needs --url; an endpoint of the catalog has its own")
        return of_catalog(bundle, catalog_of(policy_dir), options.model, options.endpoint)
    if options.endpoint is not None:
        raise CannotCalibrate("give --endpoint or --url, not both")
    given = Given(options.url, options.key_env, options.upstream_model, options.residency)
    return of_url(bundle, options.model, given)


def catalog_of(policy_dir: Path) -> Parsed[CatalogDocument]:
    """The catalog of a folder that has been loaded. Raises CannotCalibrate where it is gone."""
    catalog = parsed_catalog(policy_dir)
    if catalog is None:
        raise CannotCalibrate(f"{policy_dir}: the catalog went away just now; try again")
    return catalog


def _chosen(options: Options, suite: Suite, target: Target, bundle: Bundle) -> tuple[Prompt, ...]:
    kept, left_out = admitted(suite.prompts, target, bundle)
    chosen = stratified(kept, options.count, options.seed)
    where = f"{target.endpoint.target} as {target.endpoint.upstream_model}"
    click.echo(f"{target.name} at {where}: {len(chosen)} of {len(suite.prompts)} prompts ({suite.name})")
    for reason, count in sorted(left_out.items()):
        click.echo(f"  {count} left out: {reason}")
    if not chosen:
        raise CannotCalibrate("no prompt is left that may be sent there")
    return chosen


def _measured(options: Options, target: Target, suite: Suite, prompts: Sequence[Prompt]) -> list[Result]:
    """Old and new results of the chosen prompts."""
    endpoint = target.endpoint.target if target.is_url else target.endpoint.id
    shared = Run(target.name, endpoint, suite.name)
    old = read_results(options.resume, shared) if options.resume is not None else []
    known = {result.prompt for result in old}
    waiting = [prompt for prompt in prompts if prompt.id not in known]
    console = Console(stderr=True)
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ExitStack() as opened:
        progress = opened.enter_context(Progress(*columns, console=console))
        bar = progress.add_task("asking", total=len(prompts), completed=len(prompts) - len(waiting))
        file = opened.enter_context(options.resume.open("ab")) if options.resume is not None else None

        def done(result: Result) -> None:
            if file is not None:
                append(file, result)
            progress.advance(bar)

        new = asyncio.run(
            measure(
                target,
                waiting,
                shared,
                concurrency=options.concurrency,
                timeout_s=options.timeout_s,
                done=done,
            )
        )
    chosen = {prompt.id for prompt in prompts}
    return [result for result in latest([*old, *new]) if result.prompt in chosen]


def _remarks(results: Sequence[Result], options: Options, *, priced: bool) -> str:
    lines = [f"latency: whole answers, up to {options.concurrency} at once; intervals: Wilson's, 90%"]
    if not priced:
        lines.append("cost: the price book has no price in force for this model and endpoint")
    if any(result.simulated for result in results):
        lines.append("SIMULATED: no model answered; these figures say nothing of a real one")
    failed = [result for result in results if result.right is None]
    lines += [f"not counted: prompt {result.prompt}: {result.error}" for result in failed[:10]]
    if len(failed) > 10:
        lines.append(f"and {len(failed) - 10} more")
    return "\n".join(lines)
