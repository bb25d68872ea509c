"""`tiergate learn`: abilities from recorded verdicts, as versions that an admin can pin or take back.

Exit codes: 0 something was put in force, 2 nothing was, 1 an error, wrong usage included. Light on purpose:
what needs numpy is imported when a command runs.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import click

from router.domain.acceptance import FEWEST
from router.learn.learn_errors import ErrorsEndWithOne, told
from router.learn.versions import NONE, Versions
from router.policy.ability.document import LEARNED_FILE
from router.record.command import open_ledger
from router.record.since import SINCE
from router.settings import read_settings

_NOTHING_REPLACED = 2


_SINCE_OPTION = click.option(
    "--since",
    "since_us",
    type=SINCE,
    default=0,
    help="Requests from then on: 30m, 24h, 7d, or 2026-09-01 (UTC).",
)
_SIMULATED_OPTION = click.option(
    "--simulated", is_flag=True, help="Count answers of simulated endpoints too."
)


@click.group(cls=ErrorsEndWithOne, invoke_without_command=True)
@_SINCE_OPTION
@click.option(
    "--half-life",
    type=click.FloatRange(min=0, min_open=True),
    metavar="DAYS",
    help="An outcome this old counts half; left out: age does not matter.",
)
@click.option(
    "--min-outcomes",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="Checked outcomes to fit on, by model; with fewer its abilities stay as they are.",
)
@click.option(
    "--min-held-back",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Held-back outcomes needed to judge at all.",
)
@click.option(
    "--hold-back",
    type=click.FloatRange(0, 0.9, min_open=True),
    default=0.2,
    show_default=True,
    help="Share of requests held back, by hash of their id.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    default=0.01,
    show_default=True,
    help="Nats of log loss per outcome that the lower end of the interval may lose.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap.")
@_SIMULATED_OPTION
@click.pass_context
def learn(
    ctx: click.Context,
    since_us: int,
    half_life: float | None,
    min_outcomes: int,
    min_held_back: int,
    hold_back: float,
    tolerance: float,
    seed: int,
    simulated: bool,
) -> None:  # fmt: skip
    """Refit abilities from the ledger's verdicts; put them in force if they are at least as good.

    Writes a version with its card into abilities/ of TIERGATE_DATA_DIR. Exit code 2: nothing was replaced.
    """
    if ctx.invoked_subcommand is not None:
        return
    run = import_module("router.learn.refit_run")
    outcomes = import_module("router.learn.ledger_evidence")
    now_us = time.time_ns() // 1000
    choices = run.Choices(
        window=outcomes.Window(since_us, now_us, simulated),
        half_life_days=half_life,
        min_outcomes=min_outcomes,
        min_held_back=min_held_back,
        hold_back=hold_back,
        tolerance=tolerance,
        seed=seed,
        command=shlex.join(["tiergate", *sys.argv[1:]]),
    )
    settings = read_settings()
    now = datetime.fromtimestamp(now_us / 1e6, UTC)
    bundles = import_module("router.learn.bundles").Bundles(
        settings.policy_dir, settings.data_dir / LEARNED_FILE, os.environ, now
    )
    with open_ledger() as engine, told():
        result = run.learn(engine, bundles, Versions(settings.data_dir), choices)
    click.echo(import_module("router.learn.refit_text").told(result, min_outcomes))
    ctx.exit(0 if result.replaced else _NOTHING_REPLACED)


@learn.command()
def status() -> None:
    """Show the versions, which one is in force, and whether it is pinned."""
    settings = read_settings()
    versions = Versions(settings.data_dir)
    with told():
        in_force, state, names = versions.in_force(), versions.state(), versions.names()
        text = import_module("router.learn.refit_text")
        click.echo("\n".join(text.version_lines(versions, names, in_force)))
    pinned = (
        "pinned: `tiergate learn` replaces it only after `tiergate learn unpin`"
        if state.pinned
        else "not pinned"
    )
    click.echo(f"in force: {in_force}, {pinned}")
    if (settings.policy_dir / LEARNED_FILE).exists():
        click.echo(f"but {settings.policy_dir / LEARNED_FILE} exists: the gateway loads that instead")


@learn.command()
@click.argument("version")
def pin(version: str) -> None:
    """Put VERSION in force (0003, or `none` for the catalog alone) and keep it there."""
    with told():
        Versions(read_settings().data_dir).put_in_force(version, pinned=True)
    click.echo(f"{version} is in force and pinned; a running gateway takes it up within seconds")


@learn.command()
def unpin() -> None:
    """Let `tiergate learn` replace the version in force again."""
    versions = Versions(read_settings().data_dir)
    with told():
        versions.unpin()
        click.echo(f"{versions.in_force()} stays in force until a run replaces it")


@learn.command()
def rollback() -> None:
    """Put the version back that was in force before, and pin it."""
    with told():
        name = Versions(read_settings().data_dir).rollback()
    words = "nothing learned" if name == NONE else name
    click.echo(f"{words} is in force and pinned; `tiergate learn unpin` lets runs replace it again")


@learn.command()
@_SINCE_OPTION
@_SIMULATED_OPTION
@click.option(
    "--min-n",
    "fewest",
    type=click.IntRange(1),
    default=FEWEST,
    show_default=True,
    help="Answers below which a share is unknown. Decisions always need the default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def evidence(since_us: int, simulated: bool, fewest: int, as_json: bool) -> None:  # fmt: skip
    """Show how often each verifier passed each model's answers, by task, and how often it is wrong itself.

    `tiergate learn` writes these counts into a version; rules with `verify: before_reply` then count on
    the check.
    """
    settings, now = read_settings(), time.time_ns() // 1000
    window = import_module("router.learn.ledger_evidence").Window(since_us, now, simulated)
    bundles = import_module("router.learn.bundles").Bundles(
        settings.policy_dir,
        settings.data_dir / LEARNED_FILE,
        os.environ,
        datetime.fromtimestamp(now / 1e6, UTC),
    )
    with open_ledger() as engine, told():
        rates = bundles.in_force().policy.check_rates
        found = import_module("router.learn.ledger_acceptance").acceptance(engine, window)
    text = import_module("router.learn.acceptance_text")
    if as_json:
        click.echo(text.evidence_json(found, rates, fewest).decode())
    else:
        click.echo("\n".join(text.evidence_lines(found, rates, fewest)))


@learn.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write: *.jsonl or *.jsonl.gz, as `tiergate train --data` reads them.",
)
@_SINCE_OPTION
@_SIMULATED_OPTION
def export(out: Path, since_us: int, simulated: bool) -> None:  # fmt: skip
    """Write verdicts with stored prompts as outcomes to train on. Restricted data is refused."""
    if not out.name.endswith((".jsonl", ".jsonl.gz")):
        raise click.UsageError(f"--out {out.name}: `tiergate train` reads *.jsonl and *.jsonl.gz only")
    outcomes = import_module("router.learn.ledger_evidence")
    window = outcomes.Window(since_us, time.time_ns() // 1000, simulated)
    with open_ledger() as engine, told():
        opener = import_module("router.prompts.vault").opener(read_settings())
        done = import_module("router.learn.ledger_export").export(engine, window, out, opener)
    click.echo(f"{out}: {done.written:,} requests with checked answers")
    click.echo(
        "\n".join(f"  {model}: {n:,} outcomes" for model, n in sorted(done.outcomes.items())) or "  none"
    )
    click.echo(f"left out: {done.restricted:,} restricted, {done.without_prompt:,} without a stored prompt")
