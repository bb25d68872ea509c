"""The PriceBook document: what a token costs, from when to when, and who says so."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from router.domain.usage import STANDARD_TIERS
from router.policy.envelope import Document
from router.policy.fields import (
    Amount,
    ClockTime,
    IsoDate,
    Label,
    Name,
    Part,
    PricePerMillion,
    Text,
    Tokens,
    UtcMoment,
)
from router.policy.gpu_document import GpuHourPart


class RatesPart(Part):
    """What each direction costs, in US dollars per million tokens."""

    input: PricePerMillion = Field(description="US dollars per million tokens sent.")
    output: PricePerMillion = Field(description="US dollars per million tokens written.")
    cache_read: PricePerMillion | None = Field(
        None, description="US dollars per million tokens read from a cache; left out: as input."
    )
    cache_write: PricePerMillion | None = Field(
        None,
        description="US dollars per million tokens written to a cache kept for minutes; left out: as input.",
    )
    cache_write_1h: PricePerMillion | None = Field(
        None, description="The same for a cache kept for one hour; left out: as cache_write."
    )
    audio_input: PricePerMillion | None = Field(None, description="Audio tokens sent; left out: as input.")
    audio_cache_read: PricePerMillion | None = Field(
        None, description="Audio tokens read from a cache; left out: as cache_read."
    )
    image_input: PricePerMillion | None = Field(None, description="Image tokens sent; left out: as input.")
    video_input: PricePerMillion | None = Field(None, description="Video tokens sent; left out: as input.")
    audio_output: PricePerMillion | None = Field(
        None, description="Audio tokens written; left out: as output."
    )
    image_output: PricePerMillion | None = Field(
        None, description="Image tokens written; left out: as output."
    )
    search: Amount | None = Field(
        None,
        description="US dollars for one call of the provider's own web search; left out: unknown, so that an "
        "attempt that searched has no known cost.",
    )


class ListPart(RatesPart):
    """The seller's price list, where something else was agreed."""

    source: Text = Field(description="Where the list price comes from.")


class HoursPart(Part):
    """Hours of every day, UTC; past midnight when `to` is not later than `from`."""

    start: ClockTime = Field(alias="from", description="First minute, such as 16:30.")
    end: ClockTime = Field(alias="to", description="First minute no longer in it.")

    @model_validator(mode="after")
    def _not_empty(self) -> HoursPart:
        if self.start == self.end:
            raise ValueError("from and to are the same; leave `hours` out for the whole day")
        return self


class VariantPart(RatesPart):
    """A price instead of the row's own: for long prompts, in a service tier, at some hours, or any of them
    together. It states every direction itself and takes nothing over from the row."""

    input_above: Tokens | None = Field(
        None,
        description="Holds for the whole request when it sends more tokens than this, cached ones included.",
    )
    service_tier: Label | None = Field(
        None,
        description="Holds when the provider's answer names this tier, such as batch, flex or priority; left "
        "out: its standard tier.",
    )
    hours: HoursPart | None = Field(
        None, description="Holds for attempts sent in these hours; left out: in all others."
    )
    listed: ListPart | None = Field(
        None, alias="list", description="The list price, where this one was negotiated; left out: the same."
    )

    @model_validator(mode="after")
    def _has_a_condition(self) -> VariantPart:
        if self.input_above is None and self.service_tier is None and self.hours is None:
            raise ValueError("needs `input_above`, `service_tier` or `hours`: what does it hold for?")
        if self.service_tier in STANDARD_TIERS:
            raise ValueError(f"leave service_tier out for {self.service_tier}: the row itself is that price")
        return self


class PricePart(RatesPart):
    """One price, in force from `valid_from` until `valid_to`."""

    model: Name = Field(description="Model of the catalog.")
    endpoint: Name | None = Field(
        None, description="Endpoint of that model; left out: every endpoint without its own price."
    )
    listed: ListPart | None = Field(
        None, alias="list", description="The list price, where this one was negotiated; left out: the same."
    )
    variants: list[VariantPart] = Field(
        default_factory=list, description="Other prices for long prompts, service tiers and hours of the day."
    )
    valid_from: UtcMoment = Field(description="First moment in force: a date, or a time with zone.")
    valid_to: UtcMoment | None = Field(
        None, description="First moment no longer in force; left out: until further notice."
    )
    checked: IsoDate | None = Field(
        None,
        description="When it was last held against its source, as YYYY-MM-DD; `tiergate prices check` says "
        "which are due.",
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
    gpu_hours: list[GpuHourPart] = Field(
        default_factory=list,
        description="What an hour of a self-hosted endpoint costs; `tiergate gpu bill` divides it among its "
        "requests and idle time. The decision goes by `prices` all the same.",
    )


class PriceDocument(Document):
    """Prices per direction and cache kind, with their validity and source."""

    kind: Literal["PriceBook"] = Field(description="PriceBook.")
    spec: PriceSpec = Field(description="All prices.")
