"""Which entry of the price source is a model of the catalog: exact names only, never a guess. Pure.

An open-weight model on a server of one's own has no list price: its name in somebody's price list is
somebody else's price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from router.policy.catalog_document import CatalogSpec, ModelPart
from router.policy.endpoint_document import AnyEndpoint, HostedEndpoint, OpenAIEndpoint
from router.prices.offer import Offer, offer
from router.prices.source import PriceSource

_OPENAI = "api.openai.com"


@dataclass(frozen=True, slots=True)
class Matched:
    """A model of the catalog and the source's entry for it."""

    model: str
    offer: Offer


def matches(
    catalog: CatalogSpec, source: PriceSource, chosen: Mapping[str, str]
) -> tuple[list[Matched], list[str]]:
    """The models that the source has prices for, and the names of the others. `chosen` are keys by model,
    said by whoever runs the command."""
    found, missing = [], []
    for model in catalog.models:
        keys = [chosen[model.name]] if model.name in chosen else list(_keys(model, source))
        offers = [made for key in keys if (made := offer(key, source.entries.get(key, {}))) is not None]
        if offers:
            found.append(Matched(model.name, offers[0]))
        else:
            missing.append(model.name)
    return found, missing


def _keys(model: ModelPart, source: PriceSource) -> Iterator[str]:
    for endpoint in model.endpoints:
        if not endpoint.simulated:
            yield from _endpoint_keys(model, endpoint, source)


def _endpoint_keys(model: ModelPart, endpoint: AnyEndpoint, source: PriceSource) -> Iterator[str]:
    match endpoint:
        case HostedEndpoint():
            yield endpoint.model
            provider, _, name = endpoint.model.partition("/")
            if source.entries.get(name, {}).get("litellm_provider") == provider:
                yield name
        case OpenAIEndpoint() if urlsplit(endpoint.base_url.default or "").hostname == _OPENAI:
            name = endpoint.upstream_model or model.name
            if source.entries.get(name, {}).get("litellm_provider") == "openai":
                yield name
        case _:
            return
