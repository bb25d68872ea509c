"""`tiergate policy plan`: the command line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, cast

import click
import orjson
from rich.console import Console
from rich.progress import Progress

from router.domain.teams import NotOneTeam
from router.lifecycle.in_force import Endpoints, Loader
from router.lifecycle.past import Window
from router.lifecycle.past_cache import PastCache
from router.lifecycle.plan_file import plan_document
from router.lifecycle.plan_text import plan_text
from router.lifecycle.planning import CACHE, planned
from router.lifecycle.refused import refused_policy
from router.record.command import open_ledger
from router.record.since import SINCE, until
from router.settings import read_settings

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_CHANGES = 2
T = TypeVar("T")


class _ErrorsAreOne(click.Command):
    """Exit code 2 says that there are changes, so wrong usage must not end with it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.show()
            ctx.exit(1)


@click.command("plan", cls=_ErrorsAreOne)
@click.argument("new", type=_FOLDER)
@click.option("--from", "since_us", type=SINCE, default="30d", show_default=True,
              help="30m, 24h, 7d ago, or 2026-09-01 (UTC).")  # fmt: skip
@click.option("--to", "until_us", type=SINCE, help="The same; left out: now.")
@click.option("--team", help="Requests of this team only, or of ORGANISATION/TEAM.")
@click.option("--endpoints", type=click.Choice(["environment", "all"]), default="environment",
              show_default=True, help="Which are active: those configured here, or all.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the plan as one JSON object.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan for `apply`.")
@click.pass_context
def policy_plan(
    ctx: click.Context,
    new: Path,
    since_us: int,
    until_us: int | None,
    team: str | None,
    endpoints: str,
    as_json: bool,
    out: Path | None,
) -> None:
    """Decide recorded requests again under the policy in folder NEW and show what would change.

    Both policies are put to the very facts that were decided on. Exit code 0: no recorded request would be
    decided otherwise and no budget crossed otherwise, 2: some would, 1: an error.
    """
    now = datetime.now(UTC)
    window = Window(since_us, until(since_us, until_us))
    settings = read_settings()
    loader = Loader(settings, os.environ, now, cast(Endpoints, endpoints))
    with open_ledger() as engine, refused_policy():
        cache = PastCache(engine, settings.data_dir / CACHE)
        policies = loader.in_force(engine), loader.folder(new)
        with _stages() as stages:
            try:
                made = planned(engine, window, team, policies, cache, stages)
            except NotOneTeam as error:
                raise click.ClickException(str(error)) from None
    document = plan_document(made, str(new.absolute()), now.isoformat(timespec="seconds"))
    if out is not None:
        out.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    if as_json:
        click.echo(orjson.dumps(document).decode())
    else:
        click.echo(plan_text(made, str(new)))
        if out is not None:
            click.echo(f"\nTo put it in force: tiergate policy apply {out} --reason '...'")
    ctx.exit(_CHANGES if made.changes_something else 0)


@dataclass(frozen=True, slots=True)
class _Stages:
    """Says on the terminal how far it is, and on any standard error how fast it was."""

    progress: Progress

    def run(self, name: str, total: int, work: Callable[[Callable[[int], None]], T]) -> T:
        """What `work` returns; it is given something to tell its progress to."""
        task = self.progress.add_task(name, total=total)
        begin = time.perf_counter()
        result = work(lambda done: self.progress.update(task, completed=done))
        seconds = time.perf_counter() - begin
        self.progress.remove_task(task)
        click.echo(f"{name}: {total:,} requests in {seconds:.2f} s, {total / seconds:,.0f}/s", err=True)
        return result


@contextmanager
def _stages() -> Iterator[_Stages]:
    with Progress(console=Console(stderr=True), transient=True, disable=not os.isatty(2)) as progress:
        yield _Stages(progress)
