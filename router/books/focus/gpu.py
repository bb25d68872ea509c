"""Shares of billed GPU hours as FOCUS columns. Pure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from router.books.rollups.gpu import IDLE, JUDGING, OUTSIDE, SHARE

Row = dict[str, Any]
_GPU = {
    SHARE: "GPU hours of requests",
    JUDGING: "GPU hours of judging",
    IDLE: "Idle GPU hours",
    OUTSIDE: "GPU hours of clients beside the gateway",
}
_METHOD = "the hour's bill by uncached input tokens and weighted output tokens, idle capacity apart"


def gpu_hours(line: dict[str, Any], work: int, amount: Decimal) -> Row:
    """A share of a GPU bill: priced by the bill, a dollar a dollar, for work has no price of its own."""
    details = {"x_ModelId": line["model"], "x_GpuRateId": line["price_id"]}
    return {
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargeDescription": f"{_GPU[line['kind']]} of {line['endpoint']}",
        "ConsumedQuantity": Decimal(work).scaleb(-3),
        "ConsumedUnit": "Units",
        "PricingCategory": "Other",
        "PricingQuantity": amount,
        "PricingUnit": "USD",
        **dict.fromkeys(
            ("ContractedUnitPrice", "ListUnitPrice", "PricingCurrencyContractedUnitPrice",
             "PricingCurrencyListUnitPrice"), Decimal(1)),
        "SkuId": f"{line['endpoint']}/gpu_hours",
        "SkuMeter": "GPU Hours",
        "SkuPriceId": line["price_id"],
        "SkuPriceDetails": json.dumps({name: value for name, value in details.items() if value}),
    }  # fmt: skip


def allocated(line: dict[str, Any]) -> Row:
    """The columns that FOCUS 1.3 brought for costs that are divided."""
    return {
        "AllocatedMethodId": "share-of-work",
        "AllocatedMethodDetails": json.dumps({"x_Method": _METHOD}),
        "AllocatedResourceId": line["endpoint"],
        "AllocatedResourceName": line["endpoint"],
    }
