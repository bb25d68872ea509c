"""What the models of recorded outcomes cost, for comparing routers. Never the price of a ledger row."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from router.learn.data import BadData
from router.learn.tiers import TokenPrice

_LIST = Path(__file__).with_name("list_prices.json")


def read_prices(models: Sequence[str], given: Sequence[str]) -> dict[str, TokenPrice]:
    """Prices of `models`: those in `given` (MODEL=INPUT/OUTPUT), else the list's. Raises BadData."""
    known = {name: TokenPrice(*pair) for name, pair in json.loads(_LIST.read_text("utf-8"))["prices"].items()}
    known |= dict(_parse(text) for text in given)
    missing = [model for model in models if model not in known]
    if missing:
        raise BadData(
            f"no price of {missing[0]}; give --price '{missing[0]}=INPUT/OUTPUT' (US dollars per million)"
        )
    return {model: known[model] for model in models}


def _parse(text: str) -> tuple[str, TokenPrice]:
    model, found, pair = text.rpartition("=")
    parts = pair.split("/")
    try:
        price = TokenPrice(float(parts[0]), float(parts[-1]))
    except ValueError:
        price = TokenPrice(-1.0, -1.0)
    if not found or len(parts) != 2 or not all(0 <= p < math.inf for p in (price.input, price.output)):
        raise BadData(f"--price {text!r} is not MODEL=INPUT/OUTPUT, as in --price 'my-model=0.30/0.60'")
    return model, price
