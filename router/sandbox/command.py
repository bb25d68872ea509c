"""`tiergate sandbox`: serve a simulated frontier or reasoning model on a local port."""

from __future__ import annotations

import click
import uvicorn

from router.sandbox.connection import AbortableProtocol
from router.sandbox.options import Options
from router.sandbox.profiles import PROFILES, ProfileName, ThinkingFormat
from router.sandbox.server import Sandbox

_KEPT = 50
"""Requests remembered, bodies included: nobody reads them, a server may run for days."""


@click.command("sandbox")
@click.option(
    "--profile", type=click.Choice(sorted(PROFILES)), required=True, help="Which model to simulate."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=9101, show_default=True)
@click.option("--model", "models", multiple=True, help="Name to serve it under (repeatable).")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="How many times faster than the simulated model's real pace.",
)
@click.option(
    "--fault-rate",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of requests that go wrong (429, 5xx, slow, hang, reset).",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Makes faults and timing repeatable.")
@click.option("--api-key", help="Key to demand; none by default.")
@click.option(
    "--thinking",
    type=click.Choice(["hidden", "field", "tags"]),
    help="How thinking is shown; by default hidden (frontier) or a field as vLLM does (reasoning).",
)
@click.option("--context", type=click.IntRange(min=64), help="Context length to serve, in tokens.")
@click.option(
    "--judge-bias",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Asked to judge two answers: share in which it takes the first one shown.",
)
@click.option("--max-running", type=click.IntRange(min=1), help="Requests generated at once.")
def sandbox(
    profile: ProfileName,
    host: str,
    port: int,
    models: tuple[str, ...],
    speed: float,
    fault_rate: float,
    seed: int,
    api_key: str | None,
    thinking: ThinkingFormat | None,
    context: int | None,
    max_running: int | None,
    judge_bias: float,
) -> None:
    """Serve a SIMULATED model with an OpenAI-compatible API.

    It has no model behind it: answers, latency, token counts and faults are made up, and every reply says
    so (header x-simulated, system_fingerprint "simulated").
    """
    options = Options.of(
        profile,
        models=models,
        thinking=thinking,
        context=context,
        max_running=max_running,
        speed=speed,
        fault_rate=fault_rate,
        seed=seed,
        api_key=api_key,
        judge_bias=judge_bias,
    )
    config = uvicorn.Config(
        Sandbox(options, kept=_KEPT),
        host=host,
        port=port,
        http=AbortableProtocol,
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    listening = config.bind_socket()
    click.echo(
        f"SIMULATED: {options.profile.title} as {', '.join(options.models)} "
        f"on http://{host}:{listening.getsockname()[1]}/v1 "
        f"({speed:g}x faster than real pace, faults {fault_rate:.1%}, seed {seed}). No model answers here."
    )
    uvicorn.Server(config).run(sockets=[listening])
