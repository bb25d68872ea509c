"""GPU-hour rates of the price book to GpuRates: no overlap, and none of an endpoint that does not exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from router.domain.catalog import Catalog
from router.domain.gpu import GpuRate, GpuRates
from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed
from router.policy.endpoint_document import OpenAIEndpoint
from router.policy.gpu_document import GpuHourPart
from router.policy.price_document import PriceDocument
from router.policy.problems import Findings, choose


def compile_gpu(document: Parsed[PriceDocument], findings: Findings) -> GpuRates:
    """The rates, newest first per endpoint. Overlaps go to `findings`."""
    rows: defaultdict[str, list[tuple[int, GpuRate]]] = defaultdict(list)
    for index, part in enumerate(document.content.spec.gpu_hours):
        rows[part.endpoint].append((index, _rate(part)))
    for found in rows.values():
        found.sort(key=lambda row: row[1].valid_from, reverse=True)
        for (_, newer), (index, older) in pairwise(found):
            if older.valid_to is None or older.valid_to > newer.valid_from:
                message = f"rate {older.id} overlaps {newer.id}; give it `valid_to` there or earlier"
                findings.problems.append(document.problem(("spec", "gpu_hours", index), message))
    return GpuRates({endpoint: tuple(rate for _, rate in found) for endpoint, found in rows.items()})


def check_gpu(document: Parsed[PriceDocument], endpoints: Sequence[str], findings: Findings) -> None:
    """Every rate is one of an endpoint that exists."""
    for index, part in enumerate(document.content.spec.gpu_hours):
        if part.endpoint not in endpoints:
            message = f"GPU-hour rate of endpoint '{part.endpoint}', which the catalog does not have; "
            message += choose(part.endpoint, endpoints)
            findings.problems.append(document.problem(("spec", "gpu_hours", index, "endpoint"), message))


def with_adapters(rates: GpuRates, catalog: Catalog) -> GpuRates:
    """The rates, each with the adapters that run on its endpoint's server."""
    also: defaultdict[str, list[str]] = defaultdict(list)
    for model in catalog.models.values():
        for endpoint in model.endpoints:
            if endpoint.server:
                also[endpoint.server].append(endpoint.id)
    if not also:
        return rates
    return GpuRates(
        {
            name: tuple(replace(rate, also=tuple(also[name])) for rate in rows)
            for name, rows in rates.rows.items()
        }
    )


def check_probes(catalog: Parsed[CatalogDocument], rates: GpuRates, findings: Findings) -> None:
    """What a probe costs must be in some bill: that of the endpoint's hours."""
    for i, model in enumerate(catalog.content.spec.models):
        for j, endpoint in enumerate(model.endpoints):
            probed = isinstance(endpoint, OpenAIEndpoint) and endpoint.probe_every_s is not None
            if probed and endpoint.id not in rates.rows:
                message = (
                    f"probe_every_s: the price book has no gpu_hours of endpoint {endpoint.id}, so that "
                )
                message += "nobody would book what the probes cost; declare them, or leave probe_every_s out"
                path = ("spec", "models", i, "endpoints", j, "probe_every_s")
                findings.problems.append(catalog.problem(path, message))


def _rate(part: GpuHourPart) -> GpuRate:
    start = part.valid_from.isoformat().replace("+00:00", "Z").replace("T00:00:00Z", "")
    return GpuRate(
        f"{part.endpoint}@{start}",
        part.endpoint,
        part.usd_per_gpu_hour,
        part.gpus,
        part.full_load.input,
        part.full_load.output,
        round(part.output_weight * 1000),
        part.valid_from,
        part.valid_to,
        part.source,
    )
