"""`tiergate demo`: see the whole thing run on this machine, without a key and without a GPU."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path

import click
from rich.console import Console

from router.policy.problems import PolicyRejected
from router.sandbox.children import ChildFailed
from router.sandbox.demo import run_demo
from router.sandbox.demo_place import DemoOptions


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the table; the exit code says whether all went well.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/demo"),
    show_default=True,
    help="Folder for the demo's journal, ledger and logs.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Send only the first N prompts.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=8, show_default=True)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    show_default=True,
    help="How many times faster than real the simulated upstreams answer.",
)
@click.option(
    "--fault-rate",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    help="Share of requests that go wrong in the simulated upstreams.",
)
def demo(
    once: bool, data: Path, limit: int | None, concurrency: int, speed: float, fault_rate: float
) -> None:
    """Run gateway, ledger, dashboard and traffic on this machine.

    The small tier is a real model. The frontier and reasoning tiers are SIMULATED unless their real
    upstream is configured in the environment (see policies/catalog.yaml).
    """
    folder = Path.cwd()
    if not (folder / "policies").is_dir() or not (folder / "dashboard" / "Home.py").is_file():
        raise click.ClickException("run this in the project's folder: it needs policies/ and dashboard/")
    if importlib.util.find_spec("streamlit") is None:
        raise click.ClickException("the dashboard is not installed: pip install 'tiergate[dashboard,small]'")
    options = DemoOptions(folder, data, once, limit, concurrency, speed, fault_rate)
    try:
        status = asyncio.run(run_demo(options, Console(highlight=False)))
    except ChildFailed as error:
        raise click.ClickException(str(error)) from None
    except PolicyRejected as error:
        raise click.ClickException(f"the policy folder is refused:\n{error}") from None
    raise SystemExit(status)
