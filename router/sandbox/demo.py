"""The demo: gateway, ledger, dashboard and simulated upstreams as child processes, and traffic through them.

It uses the product from outside only: processes, HTTP, the command line, and the ledger database for its
figures. A tier whose real upstream is configured keeps it; only the endpoints that the catalog itself
marks as simulated are played here.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Final

import httpx
from rich.console import Console

from router.domain.kinds import Tier
from router.policy.documents import load_documents
from router.record.engine import ledger_engine
from router.sandbox import demo_screen
from router.sandbox.books import Books, figures, read_books, row_problems
from router.sandbox.children import Child, ChildFailed, running_child
from router.sandbox.demo_place import (
    ROLL,
    TIERGATE,
    DemoOptions,
    Place,
    choose_place,
    create_key,
    dashboard_command,
    make_sums,
    sandbox_commands,
)
from router.sandbox.prompts import Prompt, load_prompts, mixed
from router.sandbox.traffic import Sent, send_all

_READY_S: Final = 90.0
_ROWS_S: Final = 30.0
_SUMS_EVERY_S: Final = "10"


async def run_demo(options: DemoOptions, console: Console) -> int:
    """The exit code: 0 if everything went as it should; 130 when interrupted before the end.

    Raises ChildFailed and PolicyRejected.
    """
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
    place = choose_place(options, os.environ)
    try:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(
                httpx.AsyncClient(base_url=place.gateway, timeout=600, trust_env=False)
            )
            prompts = mixed(load_prompts())[: options.limit]
            tokens = {t: await create_key(place, t) for t in sorted({p.metadata["team"] for p in prompts})}
            children = await _start(options, place, client, stack, console)
            status = await _traffic(options, place, client, prompts, tokens, console)
            if not options.once:
                again = (*TIERGATE, *ROLL, "--every", _SUMS_EVERY_S)
                sums = running_child("sums", again, place.env, options.data_dir / "logs")
                await _hold([*children, await stack.enter_async_context(sums)], console)
            return status
    except asyncio.CancelledError:
        console.print("Interrupted; everything is stopped.")
        return 130


async def _start(
    options: DemoOptions, place: Place, client: httpx.AsyncClient, stack: AsyncExitStack, console: Console
) -> list[Child]:
    """Starts all children at once and waits until each answers."""
    catalog = load_documents(options.folder / "policies", place.env, datetime.now(UTC)).catalog
    commands = sandbox_commands(options, place, catalog)
    for name in commands:
        console.print(f"Starting the {name}: it is SIMULATED, no model answers there.")
    for model in catalog.models.values():
        for endpoint in model.endpoints:
            if not endpoint.simulated:
                console.print(f"{model.tier} tier: {model.name} at {endpoint.id}, a real model.")
    waits = {name: f"http://127.0.0.1:{port}/health" for name, (port, _) in commands.items()}
    everything = {name: command for name, (_, command) in commands.items()}
    everything |= {"gateway": (*TIERGATE, "serve"), "dashboard": dashboard_command(options, place)}
    waits |= {"gateway": f"{place.gateway}/readyz", "dashboard": f"{place.dashboard}/_stcore/health"}
    logs = options.data_dir / "logs"
    children = []
    for name, command in everything.items():
        children.append(await stack.enter_async_context(running_child(name, command, place.env, logs)))
    await asyncio.gather(*(child.ready(client, waits[child.name], _READY_S) for child in children))
    console.print(f"Gateway {place.gateway} and dashboard {place.dashboard} are ready.\n")
    return children


async def _traffic(
    options: DemoOptions,
    place: Place,
    client: httpx.AsyncClient,
    prompts: Sequence[Prompt],
    tokens: Mapping[str, str],
    console: Console,
) -> int:
    """Sends everything and reports; the exit code."""
    console.print(f'Sending {len(prompts)} prompts of {len(tokens)} teams with model "auto":')
    with demo_screen.Live(console, len(prompts)) as live:
        sent = await send_all(client, prompts, tokens, options.concurrency, live.done)
    console.print()
    engine = ledger_engine(place.settings.ledger_url)
    try:
        books = await read_books(engine, sent, _ROWS_S)
    finally:
        engine.dispose()
    await make_sums(place)
    demo_screen.report(console, figures(sent, books, [tier.value for tier in Tier]), options.speed)
    status = _judge(sent, books, console)
    healthy = await client.get(f"{place.dashboard}/_stcore/health")
    if healthy.status_code != 200:
        console.print(f"[red]The dashboard is not healthy: {healthy.status_code}[/]")
        status = 1
    demo_screen.where_next(console, _next_steps(options, place, next(iter(tokens.values()))))
    return status


def _next_steps(options: DemoOptions, place: Place, token: str) -> list[tuple[str, str]]:
    here = f"TIERGATE_DATA_DIR={options.data_dir}"
    steps = [
        ("latest requests", f"{here} tiergate ledger tail"),
        ("money by tier", f"{here} tiergate ledger summary"),
        ("make it yours", "policies/ (models, prices, rules) and README.md (real upstreams)"),
    ]
    if options.once:
        return [("dashboard", f"{here} tiergate dashboard"), *steps]
    running = [("dashboard", place.dashboard), ("gateway", f"{place.gateway}/v1"), ("its demo key", token)]
    return [*running, *steps]


def _judge(sent: Sequence[Sent], books: Books, console: Console) -> int:
    problems = row_problems(sent, books)
    demo_screen.failures(console, sent, problems)
    if problems or not all(s.as_expected for s in sent):
        return 1
    tries = sum(len(s.tries) for s in sent)
    attempts = sum(len(rows) for rows in books.attempts.values())
    console.print(f"Every reply has exactly its rows in the ledger: {tries} requests, {attempts} attempts.")
    return 0


async def _hold(children: Sequence[Child], console: Console) -> None:
    """Keeps everything running until Ctrl-C. Raises ChildFailed when a child ends before."""
    console.print("\nEverything keeps running. Ctrl-C stops it.", style="bold")
    ends = [asyncio.create_task(child.ended()) for child in children]
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        console.print("\nStopping.")
        return
    finally:
        for end in ends:
            end.cancel()
    raise ChildFailed(done.pop().result())
