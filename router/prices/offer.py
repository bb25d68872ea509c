"""What an open price source says of one model, in the price book's own terms. Pure.

The source is litellm's `model_prices_and_context_window.json`: one flat entry per model, US dollars per
token, with names such as `input_cost_per_token_above_200k_tokens_priority`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from router.domain.money import PICO_PER_USD, PicoUSD

Entry = Mapping[str, object]
Fields = dict[str, PicoUSD]
"""Prices by their names in the price book, pico-USD per token (per call: `search`)."""


@dataclass(frozen=True, slots=True, order=True)
class Holds:
    """What a price holds for: a service tier, prompts above a length, hours; empty, 0 and empty: the rest."""

    service_tier: str = ""
    input_above: int = 0
    hours: str = ""

    def __str__(self) -> str:
        above = f">{self.input_above:,}" if self.input_above else ""
        return " ".join(part for part in (self.service_tier, above, self.hours) if part)


PLAIN = Holds()
Rates = dict[Holds, Fields]


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry. `page` is the provider's price list; `left_out` says which of its prices the book cannot
    hold, and why."""

    key: str
    rates: Rates
    page: str | None
    left_out: tuple[str, ...]


_FIELDS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "input_cost_per_audio_token": "audio_input",
    "cache_read_input_audio_token_cost": "audio_cache_read",
    "input_cost_per_image_token": "image_input",
    "input_cost_per_video_token": "video_input",
    "output_cost_per_audio_token": "audio_output",
    "output_cost_per_image_token": "image_output",
}
_ABOVE = re.compile(r"_above_(\d+)k_tokens")
_TIER = re.compile(r"_(batches|flex|priority)$")
_TIERS = {"batches": "batch", "flex": "flex", "priority": "priority"}
_SEARCH = "search_context_cost_per_query"


def offer(key: str, entry: Entry) -> Offer | None:
    """The entry as rates; None: it has no price per token in both directions."""
    rates: Rates = {}
    left_out: list[str] = []
    for name, field, holds in _named(entry):
        price = _pico(entry[name])
        if price is None:
            left_out.append(f"{name}: {entry[name]} has more decimals than a price book holds")
        else:
            rates.setdefault(holds, {})[field] = price
    search = _search(entry, left_out)
    for holds in [holds for holds, fields in rates.items() if not {"input", "output"} <= fields.keys()]:
        left_out.append(f"{holds or 'plain'}: no price for both input and output")
        del rates[holds]
    if PLAIN not in rates:
        return None
    if search is not None:
        for fields in rates.values():
            fields["search"] = search
    page = entry.get("source")
    return Offer(key, rates, page if isinstance(page, str) else None, tuple(left_out))


def _named(entry: Entry) -> Iterator[tuple[str, str, Holds]]:
    for name in entry:
        tier, above = _TIER.search(name), _ABOVE.search(name)
        plain = _ABOVE.sub("", _TIER.sub("", name))
        if plain in _FIELDS:
            thousands = int(above[1]) if above else 0
            yield name, _FIELDS[plain], Holds(_TIERS[tier[1]] if tier else "", thousands * 1000)


def _search(entry: Entry, left_out: list[str]) -> PicoUSD | None:
    """Calls cost the same whatever their size, or they have no one price."""
    found = entry.get(_SEARCH)
    prices = set(found.values()) if isinstance(found, dict) else set()
    if len(prices) > 1:
        left_out.append(f"{_SEARCH}: differs by size")
    price = prices.pop() if len(prices) == 1 else None
    return PicoUSD(int(Decimal(price) * PICO_PER_USD)) if isinstance(price, int | Decimal) else None


def _pico(price: object) -> PicoUSD | None:
    if isinstance(price, bool) or not isinstance(price, int | Decimal):
        return None
    scaled = Decimal(price) * PICO_PER_USD
    return PicoUSD(int(scaled)) if scaled == scaled.to_integral_value() and scaled >= 0 else None
