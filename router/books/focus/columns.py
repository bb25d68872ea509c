"""The columns of the Cost and Usage dataset by FOCUS version, with the constraints every row has to meet.

From the specification's column definitions: all 57 columns of 1.2 and all 65 of 1.4. Between the two came the
service and host provider, allocation, contract, commitment program and invoice detail columns; ProviderName
and PublisherName went. What is always known here may not be null, even where the specification allows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["string", "decimal", "datetime", "json"]
VERSIONS = ("1.2", "1.4")
CURRENT = VERSIONS[-1]


@dataclass(frozen=True, slots=True)
class Column:
    """`allowed` empty: any value of the kind."""

    name: str
    kind: Kind
    nullable: bool
    allowed: tuple[str, ...] = ()


def _c(name: str, kind: Kind = "string", *allowed: str, null: bool = True) -> Column:
    return Column(name, kind, null, allowed)


_BOTH = (
    _c("AvailabilityZone"),
    _c("BilledCost", "decimal", null=False),
    _c("BillingAccountId", null=False),
    _c("BillingAccountName"),
    _c("BillingAccountType", null=False),
    _c("BillingCurrency", "string", "USD", null=False),
    _c("BillingPeriodEnd", "datetime", null=False),
    _c("BillingPeriodStart", "datetime", null=False),
    _c("CapacityReservationId"),
    _c("CapacityReservationStatus", "string", "Used", "Unused"),
    _c("ChargeCategory", "string", "Usage", "Purchase", "Tax", "Credit", "Adjustment", null=False),
    _c("ChargeClass", "string", "Correction"),
    _c("ChargeDescription"),
    _c("ChargeFrequency", "string", "One-Time", "Recurring", "Usage-Based", null=False),
    _c("ChargePeriodEnd", "datetime", null=False),
    _c("ChargePeriodStart", "datetime", null=False),
    _c("CommitmentDiscountCategory", "string", "Spend", "Usage"),
    _c("CommitmentDiscountId"),
    _c("CommitmentDiscountName"),
    _c("CommitmentDiscountQuantity", "decimal"),
    _c("CommitmentDiscountStatus", "string", "Used", "Unused"),
    _c("CommitmentDiscountType"),
    _c("CommitmentDiscountUnit"),
    _c("ConsumedQuantity", "decimal"),
    _c("ConsumedUnit"),
    _c("ContractedCost", "decimal", null=False),
    _c("ContractedUnitPrice", "decimal"),
    _c("EffectiveCost", "decimal", null=False),
    _c("InvoiceId"),
    _c("InvoiceIssuerName", null=False),
    _c("ListCost", "decimal", null=False),
    _c("ListUnitPrice", "decimal"),
    _c("PricingCategory", "string", "Standard", "Dynamic", "Committed", "Other"),
    _c("PricingCurrency", "string", "USD", null=False),
    _c("PricingCurrencyContractedUnitPrice", "decimal"),
    _c("PricingCurrencyEffectiveCost", "decimal", null=False),
    _c("PricingCurrencyListUnitPrice", "decimal"),
    _c("PricingQuantity", "decimal"),
    _c("PricingUnit"),
    _c("RegionId"),
    _c("RegionName"),
    _c("ResourceId"),
    _c("ResourceName"),
    _c("ResourceType"),
    _c("ServiceCategory", "string", "AI and Machine Learning", null=False),
    _c("ServiceName", null=False),
    _c("ServiceSubcategory", "string", "Generative AI", null=False),
    _c("SkuId"),
    _c("SkuMeter"),
    _c("SkuPriceDetails", "json"),
    _c("SkuPriceId"),
    _c("SubAccountId"),
    _c("SubAccountName"),
    _c("SubAccountType"),
    _c("Tags", "json"),
)
_ONLY = {
    "1.2": (_c("ProviderName", null=False), _c("PublisherName", null=False)),
    "1.4": (
        _c("AllocatedMethodDetails", "json"),
        _c("AllocatedMethodId"),
        _c("AllocatedResourceId"),
        _c("AllocatedResourceName"),
        _c("AllocatedTags", "json"),
        _c("CommitmentProgramEligibilityDetails", "json"),
        _c("ContractApplied", "json"),
        _c("HostProviderName", null=False),
        _c("InvoiceDetailId"),
        _c("ServiceProviderName", null=False),
    ),
}
_CUSTOM = (
    _c("x_CacheAction"),
    _c("x_CostState"),
    _c("x_Kind"),
    _c("x_ListPriceKnown", "string", "true", "false", null=False),
    _c("x_PriceId"),
    _c("x_Project"),
    _c("x_ServedAnswer", "string", "true", "false", null=False),
    _c("x_ServiceTier"),
    _c("x_Simulated", "string", "true", "false", null=False),
    _c("x_Tier"),
    _c("x_TokenDirection", "string", "Input", "Output"),
    _c("x_Workload"),
)


def columns(version: str) -> tuple[Column, ...]:
    """In the order of the file: FOCUS columns by name, then our own."""
    return (*sorted(_BOTH + _ONLY[version], key=lambda column: column.name), *_CUSTOM)
