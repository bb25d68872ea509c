"""What `tiergate gpu` was given, checked: the policy folder, endpoints, hours, an OpenCost export."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from router.domain.gpu import HOUR_US
from router.gpu.loaded import hours_between
from router.gpu.opencost import Export, read_export
from router.gpu.samples import NoCounters
from router.policy.documents import Bundle, load_documents
from router.policy.problems import PolicyRejected, choose
from router.settings import read_settings


def read_bundle(folder: Path | None) -> Bundle:
    try:
        return load_documents(folder or read_settings().policy_dir, os.environ, datetime.now(UTC))
    except PolicyRejected as rejected:
        raise click.ClickException(str(rejected)) from rejected


def chosen_endpoints(bundle: Bundle, endpoints: Sequence[str]) -> list[str]:
    known = list(bundle.prices.gpu.rows)
    for endpoint in endpoints:
        if endpoint not in known:
            message = f"endpoint '{endpoint}' has no GPU-hour rate; {choose(endpoint, known)}"
            raise click.ClickException(f"{message}: see gpu_hours in the price book")
    if not known:
        raise click.ClickException("the price book declares no gpu_hours")
    return list(endpoints) or known


def served_at(bundle: Bundle) -> dict[str, tuple[str, str]]:
    """Tier and model of each endpoint."""
    models = bundle.catalog.models.values()
    return {e.id: (str(model.tier), model.name) for model in models for e in model.endpoints}


def metrics_page(bundle: Bundle, endpoint: str) -> str:
    """What the catalog says; without it, vLLM serves its metrics beside `/v1`. Raises NoCounters."""
    for model in bundle.catalog.models.values():
        for found in model.endpoints:
            if found.id == endpoint:
                if found.metrics_url is not None:
                    return found.metrics_url
                return found.target.rstrip("/").removesuffix("/v1") + "/metrics"
    raise NoCounters(f"endpoint {endpoint} is not active here; give --url")


def hours_asked(hour_us: int | None, first_us: int | None, end_us: int | None, now_us: int) -> range:
    if (hour_us is None) == (first_us is None):
        raise click.UsageError("give --hour, or --from and perhaps --to")
    if hour_us is not None:
        if hour_us % HOUR_US:
            raise click.UsageError("--hour must be the start of an hour, such as 2026-11-01T10:00")
        first_us, end_us = hour_us, hour_us + HOUR_US
        if end_us > now_us:
            raise click.UsageError("that hour is not over")
    assert first_us is not None
    return hours_between(first_us, min(now_us, now_us if end_us is None else end_us))


def read_bills(file: Path | None, pairs: Sequence[str], endpoints: Sequence[str]) -> Export:
    if file is None:
        return Export()
    names = {endpoint: endpoint for endpoint in endpoints}
    for pair in pairs:
        name, equals, endpoint = pair.rpartition("=")
        if not equals or endpoint not in endpoints:
            raise click.ClickException(f"--map {pair}: must be NAME=ENDPOINT; {choose(endpoint, endpoints)}")
        names[name] = endpoint
    export = read_export(file, names)
    if export.problems:
        raise click.ClickException("\n".join(map(str, export.problems)))
    if not export.bills:
        others = ", ".join(sorted(export.others)) or "none"
        raise click.ClickException(f"{file}: no row of an endpoint; names there: {others}; give --map")
    return export
