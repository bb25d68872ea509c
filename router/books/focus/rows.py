"""The charges of a month as FOCUS rows. Every amount is exact: unit price x pricing quantity is the cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from router.books.focus.gpu import NAMES, allocated, gpu_hours, ratios
from router.books.focus.providers import Provider, Providers
from router.books.focus.usage import usage
from router.books.months import month_of, name
from router.books.periods.lines import is_adjustment, lines
from router.books.rollups.corrected import KIND as CORRECTED
from router.books.rollups.facts import CHARGES
from router.books.rollups.gpu import KINDS, NO_TEAM, REPLACED, WORK
from router.books.rollups.meters import ATTEMPTS, CORRECTION, UNEXPLAINED, UNKNOWN
from router.domain.money import PicoUSD, as_usd

Row = dict[str, Any]
"""By column name; datetimes are text, amounts Decimal in US dollars, None is null."""

_ADJUSTED = {
    CORRECTION: "Correction of costs",
    UNEXPLAINED: "Stored cost beyond tokens times price",
    REPLACED: "Price-book cost that the bill of GPU hours takes the place of",
}


@dataclass(frozen=True, slots=True)
class Export:
    """`unknown` attempts have no known cost and are in no row: FOCUS has no way to say so."""

    rows: list[Row]
    unknown: int


def export(connection: Connection, month: date, version: str, providers: Providers) -> Export:
    """All rows of a month, open or closed, in an order that is always the same."""
    rows, unknown = [], 0
    found = lines(connection, CHARGES, month)
    parts = ratios(found, month)
    for key in sorted(found, key=lambda key: [(value is not None, value) for value in key]):
        line = dict(zip(NAMES, key, strict=True))
        quantity, cost, listed = found[key]
        if line["meter"] == ATTEMPTS:
            unknown += quantity or 0 if line["cost_state"] in UNKNOWN else 0
        elif cost is not None and (line["kind"] != CORRECTED or line["meter"] == CORRECTION):
            row = _row(line, quantity or 0, cost, listed, month, version, providers)
            if line["meter"] == WORK and version != "1.2":
                row |= allocated(line, quantity or 0, parts.get(key), _sub_account(line))
            rows.append(row)
    return Export(rows, unknown)


def _row(
    line: dict[str, Any],
    quantity: int,
    cost: int,
    listed: int | None,
    month: date,
    version: str,
    providers: Providers,
) -> Row:
    seller = providers.of(line["organisation"], line["tier"], line["model"], line["endpoint"])
    late, gpu = is_adjustment(line["day"], month), line["kind"] in KINDS
    amount = as_usd(PicoUSD(cost))
    at_list = amount if listed is None else as_usd(PicoUSD(listed))
    return {
        "BilledCost": Decimal(0) if seller.self_hosted or line["simulated"] or gpu else amount,
        "ContractedCost": amount,
        "EffectiveCost": amount,
        "ListCost": at_list,
        "PricingCurrencyEffectiveCost": amount,
        "BillingCurrency": "USD",
        "PricingCurrency": "USD",
        "BillingPeriodStart": _time(month),
        "BillingPeriodEnd": _time(month_of(month, 1)),
        "ChargePeriodStart": _time(date.fromisoformat(line["day"])),
        "ChargePeriodEnd": _time(date.fromisoformat(line["day"]) + timedelta(days=1)),
        "ChargeClass": "Correction" if late else None,
        "ServiceCategory": "AI and Machine Learning",
        "ServiceSubcategory": "Generative AI",
        **dict(_who(line, seller, version)),
        **_what(line, quantity, amount, month),
        "x_CostState": line["cost_state"],
        "x_Kind": line["kind"],
        "x_ListPriceKnown": _flag(listed is not None),
        "x_PriceId": line["price_id"],
        "x_Project": line["project"],
        "x_ServedAnswer": _flag(line["served"]),
        "x_ServiceTier": line["service_tier"],
        "x_Simulated": _flag(line["simulated"]),
        "x_Tier": line["tier"],
        "x_Workload": line["workload"],
    }


def _who(line: dict[str, Any], seller: Provider, version: str) -> Iterator[tuple[str, Any]]:
    yield "BillingAccountId", seller.account
    yield "BillingAccountName", seller.account_name
    yield "BillingAccountType", "Provider Account"
    yield "InvoiceIssuerName", seller.issuer
    yield "ServiceName", seller.service
    yield "ResourceId", line["endpoint"]
    yield "ResourceName", line["endpoint"]
    yield "ResourceType", "Model Endpoint"
    if (team := _sub_account(line)) is not None:
        yield "SubAccountId", team[0]
        yield "SubAccountName", team[1]
        yield "SubAccountType", "Team and Project"
    yield "Tags", line["tags"]
    if version == "1.2":
        yield "ProviderName", seller.provider
        yield "PublisherName", seller.publisher
    else:
        yield "ServiceProviderName", seller.provider
        yield "HostProviderName", seller.host


def _sub_account(line: dict[str, Any]) -> tuple[str, str] | None:
    """Id and name; None: of no team."""
    if line["team"] == NO_TEAM:
        return None
    path = "/".join((line["organisation"], line["team"], line["project"]))
    return path, f"{line['team']} / {line['project']}"


def _what(line: dict[str, Any], quantity: int, amount: Decimal, month: date) -> Row:
    if line["meter"] in _ADJUSTED:
        return _adjustment(line, month)
    return gpu_hours(line, quantity, amount) if line["meter"] == WORK else usage(line, quantity)


def _adjustment(line: dict[str, Any], month: date) -> Row:
    what = _ADJUSTED[line["meter"]]
    return {
        "ChargeCategory": "Adjustment",
        "ChargeFrequency": "One-Time",
        "ChargeDescription": f"{what}: {line['model']} on {line['endpoint']}, booked in {name(month)}",
    }


def _time(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _flag(value: bool) -> str:
    return "true" if value else "false"
