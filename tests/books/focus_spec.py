"""FOCUS 1.2 and 1.4 as their specifications have them, written down apart from what writes the files.

Columns by feature level and nullability from the Cost and Usage dataset's table; requirements from the
columns' own sections. `refuse` is what a validator would say of a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

_MANDATORY = """
BilledCost! BillingAccountId! BillingAccountName BillingCurrency! BillingPeriodEnd! BillingPeriodStart!
ChargeCategory! ChargeClass ChargeDescription ChargePeriodEnd! ChargePeriodStart! ContractedCost!
EffectiveCost! InvoiceIssuerName! ListCost! PricingQuantity PricingUnit ServiceCategory! ServiceName!
"""
_CONDITIONAL = """
BillingAccountType CapacityReservationId CapacityReservationStatus CommitmentDiscountCategory
CommitmentDiscountId CommitmentDiscountName CommitmentDiscountQuantity CommitmentDiscountStatus
CommitmentDiscountType CommitmentDiscountUnit ConsumedQuantity ConsumedUnit ContractedUnitPrice
ListUnitPrice PricingCategory PricingCurrency! PricingCurrencyContractedUnitPrice
PricingCurrencyEffectiveCost! PricingCurrencyListUnitPrice
RegionId RegionName ResourceId ResourceName ResourceType SkuId SkuMeter SkuPriceDetails SkuPriceId
SubAccountId SubAccountName SubAccountType Tags
"""
_RECOMMENDED = "AvailabilityZone ChargeFrequency! InvoiceId ServiceSubcategory!"
_SINCE_1_4 = """
AllocatedMethodDetails AllocatedMethodId AllocatedResourceId AllocatedResourceName AllocatedTags
CommitmentProgramEligibilityDetails ContractApplied HostProviderName InvoiceDetailId ServiceProviderName!
"""
_MANDATORY_BY = {
    "1.2": {"ProviderName", "PublisherName"},
    "1.4": {"HostProviderName", "ServiceProviderName"},
}
DECIMALS = {
    "BilledCost", "CommitmentDiscountQuantity", "ConsumedQuantity", "ContractedCost", "ContractedUnitPrice",
    "EffectiveCost", "ListCost", "ListUnitPrice", "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice", "PricingQuantity",
}  # fmt: skip
DATES = {"BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart"}
OBJECTS = {
    "AllocatedMethodDetails", "AllocatedTags", "CommitmentProgramEligibilityDetails", "ContractApplied",
    "SkuPriceDetails", "Tags",
}  # fmt: skip
_FLAT = {"AllocatedTags", "SkuPriceDetails", "Tags"}
"""Key-Value Format: no objects or arrays inside; the others are JSON Object Format."""
ALLOWED = {
    "CapacityReservationStatus": {"Used", "Unused"},
    "ChargeCategory": {"Usage", "Purchase", "Tax", "Credit", "Adjustment"},
    "ChargeClass": {"Correction"},
    "ChargeFrequency": {"One-Time", "Recurring", "Usage-Based"},
    "CommitmentDiscountCategory": {"Spend", "Usage"},
    "CommitmentDiscountStatus": {"Used", "Unused"},
    "PricingCategory": {"Standard", "Dynamic", "Committed", "Other"},
    "ServiceCategory": {"AI and Machine Learning"},  # of 19: the only one that model calls can have
    "ServiceSubcategory": {
        "AI Platforms", "Bots", "Generative AI", "Machine Learning", "Natural Language Processing",
        "Other (AI and Machine Learning)",
    },
}  # fmt: skip
_COUNTED = "Units|Requests|Tokens|USD"
_UNIT = re.compile(rf"([1-9][0-9]* )?({_COUNTED})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_WITH_PRICE = ("ContractedUnitPrice", "ListUnitPrice", "PricingQuantity", "PricingUnit", "PricingCategory")
_ONLY_WITH_PRICE = (
    *_WITH_PRICE, "ConsumedQuantity", "ConsumedUnit", "SkuPriceDetails",
    "PricingCurrencyContractedUnitPrice", "PricingCurrencyListUnitPrice",
)  # fmt: skip
_NAMED_BY_ID = (
    ("SubAccountId", "SubAccountName", "SubAccountType"), ("ResourceId", "ResourceName", "ResourceType"),
    ("RegionId", "RegionName"), ("AllocatedResourceId", "AllocatedResourceName"),
    ("CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountStatus"),
)  # fmt: skip
_CUSTOM = re.compile(r"x_[A-Z][A-Za-z0-9]{0,47}")


def levels(version: str) -> dict[str, str]:
    """Feature level by column: Mandatory, Conditional or Recommended."""
    recommended = set(_names(_RECOMMENDED)) | ({"AllocatedMethodDetails"} if version == "1.4" else set())
    if version == "1.4":
        recommended -= {"InvoiceId"}
    mandatory = set(_names(_MANDATORY)) | _MANDATORY_BY[version]
    return {
        name: "Mandatory" if name in mandatory else "Recommended" if name in recommended else "Conditional"
        for name in not_null(version)
    }


def not_null(version: str) -> dict[str, bool]:
    """Every column of the version, and whether it may never be null."""
    words = f"{_MANDATORY} {_CONDITIONAL} {_RECOMMENDED} "
    words += _SINCE_1_4 if version == "1.4" else "ProviderName! PublisherName!"
    found = {word.rstrip("!"): word.endswith("!") for word in words.split()}
    return found | {"BillingAccountType": True} if version == "1.4" else found


def refuse(row: Row, version: str) -> Iterator[str]:
    """What is wrong with a row, in words; nothing when it meets the specification."""
    known = not_null(version)
    for name in row:
        if name not in known and not _CUSTOM.fullmatch(name):
            yield f"{name} is neither a column of {version} nor a custom one"
    for name, required in known.items():
        value = row.get(name)
        if value is None or value == "":
            if required or value == "":
                yield f"{name} is {value!r}"
        else:
            yield from _of_value(name, value)
    yield from _of_price(row)
    yield from _of_periods(row)
    yield from _of_names(row)
    if version == "1.4":
        yield from _of_allocation(row)


def _of_value(name: str, value: object) -> Iterator[str]:
    if name in DECIMALS:
        if not isinstance(value, Decimal) or not value.is_finite():
            yield f"{name} {value!r} is not a decimal"
        elif name.endswith("UnitPrice") and value < 0:
            yield f"{name} {value} is negative"
        return
    if not isinstance(value, str) or value != value.strip():
        yield f"{name} {value!r} is not a string, or padded"
        return
    if name in ALLOWED and value not in ALLOWED[name]:
        yield f"{name} {value!r} is not allowed"
    if name in DATES and not (_DATE.fullmatch(value) and datetime.fromisoformat(value).tzinfo == UTC):
        yield f"{name} {value!r} is not YYYY-MM-DDTHH:mm:ssZ"
    if name.endswith("Currency") and not re.fullmatch("[A-Z]{3}", value):
        yield f"{name} {value!r} is no ISO 4217 code"
    if name in {"ConsumedUnit", "PricingUnit"} and not _UNIT.fullmatch(value):
        yield f"{name} {value!r} is not in Unit Format"
    if name in OBJECTS:
        yield from _of_object(name, json.loads(value, object_pairs_hook=_unique))


def _of_object(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{name} is no object"
        return
    if name in _FLAT and any(isinstance(v, (dict, list)) for v in value.values()):
        yield f"{name} has objects or arrays inside"
    if name == "SkuPriceDetails" and not all(_CUSTOM.fullmatch(key) for key in value):
        yield f"{name} has keys that FOCUS does not define and that lack x_"


def _of_price(row: Row) -> Iterator[str]:
    """What a SKU price brings with it, and that quantity times unit price is the cost."""
    get, category = row.get, row["ChargeCategory"]
    priced, correction = get("SkuPriceId") is not None, get("ChargeClass") == "Correction"
    if category in {"Usage", "Purchase"} and not correction:
        yield from (f"{n} is null" for n in ("SkuId", "SkuPriceId") if get(n) is None)
    if priced:
        yield from (f"{n} is null beside SkuPriceId" for n in (*_WITH_PRICE, "SkuId") if get(n) is None)
    else:
        yield from (f"{n} without SkuPriceId" for n in _ONLY_WITH_PRICE if get(n) is not None)
    if get("SkuId") is None and get("SkuMeter") is not None:
        yield "SkuMeter without SkuId"
    if category == "Usage" and not correction and get("ConsumedQuantity") is None:
        yield "usage without ConsumedQuantity"
    if category != "Usage" and get("ConsumedQuantity") is not None:
        yield "ConsumedQuantity of what is not usage"
    for amount, unit in (("PricingQuantity", "PricingUnit"), ("ConsumedQuantity", "ConsumedUnit")):
        if (get(amount) is None) != (get(unit) is None):
            yield f"{amount} without {unit}, or the other way round"
    for kind in ("Contracted", "List"):
        price = get(f"{kind}UnitPrice")
        if price is not None and price * row["PricingQuantity"] != row[f"{kind}Cost"]:
            yield f"{kind}UnitPrice x PricingQuantity is not {kind}Cost"
    if row["PricingCurrency"] == row["BillingCurrency"]:
        for name in ("ContractedUnitPrice", "EffectiveCost", "ListUnitPrice"):
            if get(f"PricingCurrency{name}") != get(name):
                yield f"PricingCurrency{name} is not {name}, in the same currency"
    if category == "Purchase" and row["ChargeFrequency"] == "Usage-Based":
        yield "a usage-based purchase"


def _of_periods(row: Row) -> Iterator[str]:
    """Ends are exclusive; a charge of an earlier period is a correction, and a correction is of one."""
    billing, charge = ((row[f"{k}PeriodStart"], row[f"{k}PeriodEnd"]) for k in ("Billing", "Charge"))
    first = datetime.fromisoformat(billing[0])
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    if first.day != 1 or datetime.fromisoformat(billing[1]) != following:
        yield f"billing period {billing} is not a month"
    if not charge[0] < charge[1] <= billing[1]:
        yield f"charge period {charge} in billing period {billing}"
    if (charge[0] < billing[0]) != (row.get("ChargeClass") == "Correction"):
        yield f"ChargeClass {row.get('ChargeClass')} of charge period {charge}"


def _of_names(row: Row) -> Iterator[str]:
    for first, *others in _NAMED_BY_ID:
        for other in others:
            if row.get(first) is None and row.get(other) is not None:
                yield f"{other} without {first}"
    for first, kind in (("SubAccountId", "SubAccountType"), ("ResourceId", "ResourceType")):
        if row.get(first) is not None and row.get(kind) is None:
            yield f"{first} without {kind}"
    if (row.get("CapacityReservationId") is None) and row.get("CapacityReservationStatus") is not None:
        yield "CapacityReservationStatus without CapacityReservationId"


def _of_allocation(row: Row) -> Iterator[str]:
    """Costs divided by whoever wrote the file."""
    details = row.get("AllocatedMethodDetails")
    if row.get("AllocatedMethodId") is None:
        others = ("AllocatedResourceId", "AllocatedResourceName", "AllocatedTags", "AllocatedMethodDetails")
        yield from (f"{name} without AllocatedMethodId" for name in others if row.get(name) is not None)
    if details is None:
        return
    made = json.loads(details, parse_float=Decimal)
    if not made.get("Elements") or any(key != "Elements" and not _CUSTOM.fullmatch(key) for key in made):
        yield f"AllocatedMethodDetails {details}"
    for element in made.get("Elements", []):
        if not 0 <= element["AllocatedRatio"] <= 1 or ("UsageQuantity" in element) > ("UsageUnit" in element):
            yield f"AllocatedMethodDetails element {element}"


def of_all(rows: list[Row]) -> Iterator[str]:
    """What no row shows alone: a SKU price is one SKU's, and what it is made of stays."""
    for owner in ("SkuId", "SkuPriceDetails"):
        found: dict[str, set[str]] = {}
        for row in rows:
            if row.get("SkuPriceId") is not None:
                found.setdefault(row["SkuPriceId"], set()).add(row[owner])
        yield from (f"{price} has {owner} {of}" for price, of in found.items() if len(of) > 1)


def _names(words: str) -> list[str]:
    return [word.rstrip("!") for word in words.split()]


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    assert len({key for key, _ in pairs}) == len(pairs), pairs
    return dict(pairs)
