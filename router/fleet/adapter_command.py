"""`tiergate fleet adapters`, `load` and `unload`: the catalog's LoRA fine-tunes on their vLLM servers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from router.fleet.adapters import AdapterRefused, Placed, load, loaded, placed, unload
from router.fleet.drain_command import POLICY
from router.gpu.given import read_bundle
from router.policy.problems import choose

_ENDPOINT = click.option("--endpoint", help="Only on this endpoint; default: wherever the catalog has it.")


@click.command()
@POLICY
def adapters(folder: Path | None) -> None:
    """List the catalog's adapters, and what its servers have loaded. Exit code 1: one could not be asked."""
    known = placed(read_bundle(folder).catalog)
    if not known:
        raise click.ClickException("no endpoint that is active here has an `adapter`")
    servers = {one.endpoint.target: one.endpoint for one in known}
    failures, found = [], {}
    for target, endpoint in servers.items():
        try:
            found[target] = loaded(endpoint)
        except AdapterRefused as refused:
            failures.append(str(refused))
    for one in known:
        there = found.get(one.endpoint.target)
        if there is not None:
            parent = there.get(one.endpoint.upstream_model)
            state = "not loaded" if parent is None else f"loaded, on {parent}"
            click.echo(f"{one.model.name}: {state}, at {one.endpoint.id}, from {one.endpoint.adapter}")
    for target, there in found.items():
        ours = {one.endpoint.upstream_model for one in known if one.endpoint.target == target}
        for name in sorted(there.keys() - ours):
            click.echo(f"{name}: loaded, on {there[name]}, at {target}; the catalog does not have it")
    if failures:
        raise click.ClickException("\n".join(failures))


@click.command("load")
@click.argument("model")
@_ENDPOINT
@POLICY
def load_(model: str, endpoint: str | None, folder: Path | None) -> None:
    """Load the adapter of MODEL on its servers, so that it answers under its own name."""
    for one in _chosen(folder, model, endpoint):
        try:
            new = load(one.endpoint)
        except AdapterRefused as refused:
            raise click.ClickException(str(refused)) from refused
        click.echo(f"{model} is loaded{'' if new else ' already'} at {one.endpoint.id}")


@click.command("unload")
@click.argument("model")
@_ENDPOINT
@POLICY
def unload_(model: str, endpoint: str | None, folder: Path | None) -> None:
    """Unload the adapter of MODEL; drain its endpoint before, or requests for it fail there."""
    for one in _chosen(folder, model, endpoint):
        try:
            unload(one.endpoint)
        except AdapterRefused as refused:
            raise click.ClickException(str(refused)) from refused
        click.echo(f"{model} is unloaded at {one.endpoint.id}")


def _chosen(folder: Path | None, model: str, endpoint: str | None) -> Sequence[Placed]:
    known = placed(read_bundle(folder).catalog)
    of_model = [one for one in known if one.model.name == model]
    if not of_model:
        names = list(dict.fromkeys(one.model.name for one in known))
        raise click.ClickException(f"model '{model}' has no adapter here; {choose(model, names)}")
    chosen = [one for one in of_model if endpoint in (None, one.endpoint.id)]
    if not chosen:
        ids = [one.endpoint.id for one in of_model]
        raise click.ClickException(f"{model} has no adapter at '{endpoint}'; {choose(endpoint or '', ids)}")
    return chosen
