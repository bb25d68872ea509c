"""litellm's flat entries in the price book's terms, to the last decimal."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from router.prices.offer import PLAIN, Holds, offer
from router.prices.source import NoSource, open_source

ENTRY = """{
  "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05,
  "cache_read_input_token_cost": 1.25e-07, "cache_creation_input_token_cost_above_1hr": 6e-06,
  "input_cost_per_token_above_200k_tokens": 2.5e-06, "output_cost_per_token_above_200k_tokens": 1.5e-05,
  "input_cost_per_token_above_200k_tokens_priority": 4.5e-06,
  "output_cost_per_token_above_200k_tokens_priority": 2.7e-05,
  "input_cost_per_token_batches": 6.25e-07, "output_cost_per_token_batches": 5e-06,
  "input_cost_per_token_flex": 2.9999900000000002e-06,
  "output_cost_per_token_flex": 5e-06,
  "input_cost_per_audio_token": 4e-05,
  "search_context_cost_per_query": {"search_context_size_low": 0.01, "search_context_size_high": 0.01},
  "source": "https://prices.example"
}"""


def test_every_price_finds_its_place() -> None:
    """Tiers and long prompts become what a price holds for; searches cost the same in all of them."""
    made = offer("m", json.loads(ENTRY, parse_float=Decimal))
    assert made is not None
    assert made.rates == {
        PLAIN: {
            "input": 1_250_000, "output": 10_000_000, "cache_read": 125_000, "cache_write_1h": 6_000_000,
            "audio_input": 40_000_000, "search": 10**10,
        },
        Holds("", 200_000): {"input": 2_500_000, "output": 15_000_000, "search": 10**10},
        Holds("priority", 200_000): {"input": 4_500_000, "output": 27_000_000, "search": 10**10},
        Holds("batch"): {"input": 625_000, "output": 5_000_000, "search": 10**10},
    }  # fmt: skip
    assert made.left_out == (
        "input_cost_per_token_flex: 0.0000029999900000000002 has more decimals than a price book holds",
        "flex: no price for both input and output",
    )


def test_no_price_per_token_is_no_offer() -> None:
    """Models sold by the image or the second are not for this book."""
    assert offer("m", {"output_cost_per_image": Decimal("0.04")}) is None


def test_the_installed_map_is_read_without_the_package() -> None:
    """Its version and checksum name it; thousands of entries are priced exactly."""
    source = open_source(None)
    assert source.name.startswith("litellm ") and len(source.digest) == 12
    priced = [made for key, entry in source.entries.items() if (made := offer(key, entry)) is not None]
    assert len(priced) > 1_000


def test_a_file_that_is_no_map_is_refused(tmp_path: Path) -> None:
    """The message names the file and what is wrong with it."""
    for content, said in (("[]", "not a mapping"), ("{", "not JSON")):
        file = tmp_path / "map.json"
        file.write_text(content)
        with pytest.raises(NoSource, match=said):
            open_source(file)
    with pytest.raises(NoSource, match="No such file"):
        open_source(tmp_path / "none.json")
