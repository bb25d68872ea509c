"""`tiergate fleet plan`: a model on GPUs, before one is rented."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import click
from rich.console import Console

from router.fleet.adapter_command import adapters, load_, unload_
from router.fleet.display import METHOD, WIDTH, shape_line, speed_table, too_small
from router.fleet.dollars import DOLLARS
from router.fleet.drain_command import drain, drains, resume
from router.fleet.gpus import GPUS, Gpu
from router.fleet.plan import Fit, fit
from router.fleet.serve_line import serve_line
from router.fleet.shape import BadModelConfig, ModelShape, read_shape


@click.group()
def fleet() -> None:
    """Models on your own GPUs."""


for _verb in (drain, resume, drains, adapters, load_, unload_):
    fleet.add_command(_verb)


@fleet.command("plan")
@click.argument("model")
@click.option(
    "--gpu", "names", multiple=True, required=True, type=click.Choice(sorted(GPUS)), help="Repeat for more."
)
@click.option(
    "--quantisation", type=click.Choice(["bf16", "fp8", "awq"]), help="Only this one; default: all that fit."
)
@click.option("--kv-cache", type=click.Choice(["auto", "fp8"]), default="auto", help="Type of the KV cache.")
@click.option("--context", type=click.IntRange(1_024), default=32_768, help="Longest request, in tokens.")
@click.option("--typical", type=click.IntRange(128), default=4_096, help="Usual request, in tokens.")
@click.option("--max-num-seqs", type=click.IntRange(1), default=256, help="Most sequences at once.")
@click.option(
    "--usd-per-hour", type=DOLLARS, help="What one GPU costs you an hour; without it no token is priced."
)
@click.option("--loras", type=click.IntRange(0), default=0, help="LoRA adapters in use at once.")
def plan_(
    model: str,
    names: tuple[str, ...],
    quantisation: str | None,
    kv_cache: str,
    context: int,
    typical: int,
    max_num_seqs: int,
    usd_per_hour: Decimal | None,
    loras: int,
) -> None:
    """What fits, how fast at best, what a token costs, and the command that serves it.

    MODEL is a config.json, a folder with one, or a hub id. Only whole models on one GPU are planned.
    """
    try:
        shape = read_shape(model)
    except BadModelConfig as error:
        raise click.ClickException(str(error)) from None
    console = Console(width=WIDTH, highlight=False, markup=False)
    console.print(shape_line(model, shape))
    for gpu in map(GPUS.__getitem__, names):
        tried = list(_ways(shape, gpu, quantisation, kv_cache))
        fitting = [found for found in tried if found.sequences(context)]
        for found in fitting:
            console.print()
            console.print(speed_table(shape, found, max_num_seqs, typical, usd_per_hour))
            native = shape.max_position_embeddings
            click.echo(serve_line(model, found, context, typical, max_num_seqs, native, loras))
        if not fitting:
            console.print(f"\n{gpu.name}: {too_small(tried[-1], context)}")
    click.echo(f"\n{METHOD}")


def _ways(shape: ModelShape, gpu: Gpu, wanted: str | None, kv_cache: str) -> Iterator[Fit]:
    """From the most exact to the smallest; fp8 where the GPU computes in it, or where it is asked for."""
    for choice in ("bf16", "fp8", "awq"):
        if choice == wanted or (wanted is None and (choice != "fp8" or gpu.fp8)):
            yield fit(shape, gpu, choice, kv_cache)
