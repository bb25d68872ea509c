"""Shares of billed GPU hours as FOCUS columns. Pure.

Each endpoint's bill of a day is a charge divided: its rows of that day add up to it, and their ratios to 1.
The bill itself is somebody else's charge, so that it is in no row of its own.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from router.books.focus.usage import sku_price_id
from router.books.periods.lines import is_adjustment
from router.books.rollups.facts import CHARGES, Key, Sums
from router.books.rollups.gpu import IDLE, JUDGING, OUTSIDE, SHARE, WORK
from router.domain.shares import shares

Row = dict[str, Any]
NAMES = ("day", *CHARGES.keys)
"""What the places of a key of a month's lines are."""
_DAY, _ENDPOINT, _METER = (NAMES.index(name) for name in ("day", "endpoint", "meter"))
_GPU = {
    SHARE: "GPU hours of requests",
    JUDGING: "GPU hours of judging",
    IDLE: "Idle GPU hours",
    OUTSIDE: "GPU hours of clients beside the gateway",
}
_METHOD = "the hour's bill by uncached input tokens and weighted output tokens, idle capacity apart"
_PLACES = 12


def gpu_hours(line: dict[str, Any], work: int, amount: Decimal) -> Row:
    """A share of a GPU bill: priced by the bill, a dollar a dollar, for work has no price of its own."""
    return {
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargeDescription": f"{_GPU[line['kind']]} of {line['endpoint']}",
        "ConsumedQuantity": _units(work),
        "ConsumedUnit": "Units",
        "PricingCategory": "Other",
        "PricingQuantity": amount,
        "PricingUnit": "USD",
        **dict.fromkeys(
            ("ContractedUnitPrice", "ListUnitPrice", "PricingCurrencyContractedUnitPrice",
             "PricingCurrencyListUnitPrice"), Decimal(1)),
        "SkuId": f"{line['endpoint']}/gpu_hours",
        "SkuMeter": "GPU Hours",
        "SkuPriceId": sku_price_id(line["price_id"], "gpu_hours"),
        "SkuPriceDetails": json.dumps({"x_ModelId": line["model"]}),
    }  # fmt: skip


def ratios(found: Sums, month: date) -> dict[Key, Decimal]:
    """By key, the part of its endpoint's bill of that day. Corrections of closed months have none: they are
    what changed of a bill, not parts of one."""
    bills: defaultdict[tuple[str, str], list[Key]] = defaultdict(list)
    for key in found:
        if key[_METER] == WORK and not is_adjustment(key[_DAY], month):
            bills[key[_DAY], key[_ENDPOINT]].append(key)
    made: dict[Key, Decimal] = {}
    for keys in bills.values():
        costs = [found[key][1] or 0 for key in keys]
        if sum(costs) > 0:
            parts = shares(10**_PLACES, costs)
            made |= {key: Decimal(part).scaleb(-_PLACES) for key, part in zip(keys, parts, strict=True)}
    return made


def allocated(line: dict[str, Any], work: int, ratio: Decimal | None, whose: tuple[str, str] | None) -> Row:
    """The columns that FOCUS 1.3 brought for costs that are divided: how, and to whom. Idle time stays with
    nobody, so that it names no allocated resource."""
    if line["kind"] == OUTSIDE:
        whose = ("outside", "Clients beside the gateway")
    row: Row = {"AllocatedMethodId": "share-of-work"}
    if whose is not None:
        row |= {"AllocatedResourceId": whose[0], "AllocatedResourceName": whose[1]}
    if ratio is not None:
        row["AllocatedMethodDetails"] = (
            f'{{"Elements": [{{"AllocatedRatio": {ratio:f}, "UsageUnit": "Units",'
            f' "UsageQuantity": {_units(work):f}}}], "x_Method": {json.dumps(_METHOD)}}}'
        )
    return row


def _units(work: int) -> Decimal:
    return Decimal(work).scaleb(-3)
