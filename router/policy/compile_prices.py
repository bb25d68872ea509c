"""PriceBook document to PriceBook: no overlap, nothing dangling, and no active endpoint without a price."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import pairwise

from router.domain.catalog import Catalog
from router.domain.prices import Price, PriceBook
from router.policy.catalog_document import CatalogDocument
from router.policy.compile_catalog import endpoint_paths
from router.policy.compile_gpu import check_gpu, check_probes, compile_gpu
from router.policy.compile_variants import compile_row
from router.policy.document import Parsed
from router.policy.price_document import PriceDocument
from router.policy.problems import Findings, choose

Key = tuple[str, str | None]
Row = tuple[int, Price]


def compile_prices(document: Parsed[PriceDocument], findings: Findings) -> PriceBook:
    """The price book, newest price first per model and endpoint. Overlaps go to `findings`."""
    rows: defaultdict[Key, list[Row]] = defaultdict(list)
    for index, part in enumerate(document.content.spec.prices):
        rows[part.model, part.endpoint].append((index, compile_row(document, index, findings)))
    for found in rows.values():
        found.sort(key=lambda row: row[1].valid_from, reverse=True)
        _check_overlaps(document, found, findings)
    version = document.content.spec.version
    prices = {key: tuple(p for _, p in found) for key, found in rows.items()}
    return PriceBook(version, prices, compile_gpu(document, findings))


def _check_overlaps(document: Parsed[PriceDocument], rows: list[Row], findings: Findings) -> None:
    """`rows` newest first: each must have ended when the next newer one starts."""
    for (_, newer), (index, older) in pairwise(rows):
        if older.valid_to is None or older.valid_to > newer.valid_from:
            start = newer.valid_from.isoformat().replace("+00:00", "Z")
            message = f"price {older.id} overlaps {newer.id}; give it `valid_to: {start}` or earlier"
            findings.problems.append(document.problem(("spec", "prices", index), message))


def check_prices(
    document: Parsed[PriceDocument],
    catalog_document: Parsed[CatalogDocument],
    catalog: Catalog,
    prices: PriceBook,
    now: datetime,
    findings: Findings,
) -> None:
    """Prices name what the catalog declares, and every active endpoint has one in force at `now`."""
    _check_names(document, catalog_document, findings)
    check_gpu(document, [endpoint.id for _, _, endpoint in endpoint_paths(catalog_document)], findings)
    check_probes(catalog_document, prices.gpu, findings)
    active = {e.id for model in catalog.models.values() for e in model.endpoints}
    for path, model, endpoint in endpoint_paths(catalog_document):
        if endpoint.id not in active:
            continue
        price = prices.find(model.name, endpoint.id, now)
        if price is None:
            message = f"endpoint {endpoint.id} of model {model.name} has no price in force; add one "
            message += f"for `model: {model.name}` to {document.source.file}"
            findings.problems.append(catalog_document.problem(path, message))
        elif price.valid_to and prices.find(model.name, endpoint.id, price.valid_to) is None:
            message = f"price {price.id} ends at {price.valid_to:%Y-%m-%d %H:%M} UTC and none follows"
            findings.notes.append(document.problem(("spec", "prices"), message))


def _check_names(
    document: Parsed[PriceDocument],
    catalog_document: Parsed[CatalogDocument],
    findings: Findings,
) -> None:
    known = {m.name: [e.id for e in m.endpoints] for m in catalog_document.content.spec.models}
    for index, part in enumerate(document.content.spec.prices):
        path = ("spec", "prices", index)
        if part.model not in known:
            message = f"price for model '{part.model}', which the catalog does not have; "
            message += choose(part.model, list(known))
            findings.problems.append(document.problem((*path, "model"), message))
        elif part.endpoint is not None and part.endpoint not in known[part.model]:
            message = f"price for endpoint '{part.endpoint}', which model {part.model} does not have; "
            message += choose(part.endpoint, known[part.model])
            findings.problems.append(document.problem((*path, "endpoint"), message))
