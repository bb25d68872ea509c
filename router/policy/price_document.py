"""The PriceBook document: what a token costs, from when to when, and who says so."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from router.policy.envelope import Document
from router.policy.fields import Name, Part, PricePerMillion, Text, UtcMoment


class PricePart(Part):
    """One price, in force from `valid_from` until `valid_to`."""

    model: Name = Field(description="Model of the catalog.")
    endpoint: Name | None = Field(
        None, description="Endpoint of that model; left out: every endpoint without its own price."
    )
    input: PricePerMillion = Field(description="US dollars per million tokens sent.")
    output: PricePerMillion = Field(description="US dollars per million tokens written.")
    cache_read: PricePerMillion | None = Field(
        None, description="US dollars per million tokens read from a cache; left out: as input."
    )
    cache_write: PricePerMillion | None = Field(
        None, description="US dollars per million tokens written to a cache; left out: as input."
    )
    valid_from: UtcMoment = Field(description="First moment in force: a date, or a time with zone.")
    valid_to: UtcMoment | None = Field(
        None, description="First moment no longer in force; left out: until further notice."
    )
    source: Text = Field(description="Where the price comes from, for whoever audits the ledger.")

    @model_validator(mode="after")
    def _ordered(self) -> PricePart:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must be later than valid_from")
        return self


class PriceSpec(Part):
    """All prices, past and future ones included: the ledger is explained by them."""

    version: Name = Field(description="Version of the price book; every ledger row carries it.")
    currency: Literal["USD"] = Field(description="USD: the only currency prices are kept in.")
    prices: list[PricePart] = Field(
        min_length=1, description="The prices; no two of a model and endpoint may overlap in time."
    )


class PriceDocument(Document):
    """Prices per direction and cache kind, with their validity and source."""

    kind: Literal["PriceBook"] = Field(description="PriceBook.")
    spec: PriceSpec = Field(description="All prices.")
