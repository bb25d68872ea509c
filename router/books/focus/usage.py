"""Tokens and requests at a price as FOCUS columns. Pure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from router.domain.units import Unit

Row = dict[str, Any]

_METERS = {
    "uncached_input": ("Input Tokens", "Input", None),
    "cache_read": ("Cached Input Tokens", "Input", "Read"),
    "cache_write": ("Cache Write Tokens", "Input", "Write"),
    "output": ("Output Tokens", "Output", None),
    Unit.CACHE_WRITE_1H.value: ("Cache Write Tokens (1 hour)", "Input", "Write"),
    Unit.AUDIO_INPUT.value: ("Audio Input Tokens", "Input", None),
    Unit.AUDIO_CACHE_READ.value: ("Cached Audio Input Tokens", "Input", "Read"),
    Unit.IMAGE_INPUT.value: ("Image Input Tokens", "Input", None),
    Unit.VIDEO_INPUT.value: ("Video Input Tokens", "Input", None),
    Unit.AUDIO_OUTPUT.value: ("Audio Output Tokens", "Output", None),
    Unit.IMAGE_OUTPUT.value: ("Image Output Tokens", "Output", None),
    Unit.SEARCH.value: ("Web Searches", None, None),
}
_MILLION = 6


def sku_price_id(price_id: str, meter: str) -> str:
    """Without the day a price began: a SKU Price ID stays when its unit price changes. The row of the price
    book, `model/endpoint@day#variant`, is in x_PriceId."""
    row, mark, variant = price_id.partition("#")
    owner, at, _ = row.rpartition("@")
    return f"{owner if at else row}{mark}{variant}/{meter}"


def usage(line: dict[str, Any], quantity: int) -> Row:
    """A metered quantity: priced per million tokens, or per request."""
    meter, direction, action = _METERS[line["meter"]]
    tokens = direction is not None
    price, list_price = line["price"], line["list_price"]
    list_price = price if list_price is None else list_price
    exponent = _MILLION if tokens else 0
    unit_price, list_unit_price = (Decimal(p).scaleb(exponent - 12) for p in (price, list_price))
    details = {
        "x_ModelId": line["model"],
        "x_TokenDirection": direction,
        "x_CacheAction": action,
        "x_PriceVariant": line["price_id"].partition("#")[2] or None,
    }
    return {
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargeDescription": f"{meter} of {line['model']} on {line['endpoint']}",
        "ConsumedQuantity": Decimal(quantity),
        "ConsumedUnit": "Tokens" if tokens else "Requests",
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal(quantity).scaleb(-exponent),
        "PricingUnit": "1000000 Tokens" if tokens else "Requests",
        "ContractedUnitPrice": unit_price,
        "ListUnitPrice": list_unit_price,
        "PricingCurrencyContractedUnitPrice": unit_price,
        "PricingCurrencyListUnitPrice": list_unit_price,
        "SkuId": f"{line['model']}/{line['meter']}",
        "SkuMeter": meter,
        "SkuPriceId": sku_price_id(line["price_id"], line["meter"]),
        "SkuPriceDetails": json.dumps({n: v for n, v in details.items() if v is not None}),
        "x_TokenDirection": direction,
        "x_CacheAction": action,
    }
