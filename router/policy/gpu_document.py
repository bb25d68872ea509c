"""GPU-hour rates in the price book: what an hour of a self-hosted endpoint costs, busy or idle."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from router.policy.fields import Amount, Name, Part, Text, UtcMoment

HourlyTokens = Annotated[int, Field(ge=0, le=10**12)]


class FullLoadPart(Part):
    """What the endpoint processes in an hour when it is never idle: measured with your mix of requests."""

    input: HourlyTokens = Field(description="Tokens sent to it in such an hour, cached ones not counted.")
    output: HourlyTokens = Field(description="Tokens it writes in such an hour.")

    @model_validator(mode="after")
    def _not_nothing(self) -> FullLoadPart:
        if not self.input and not self.output:
            raise ValueError("needs tokens: an endpoint that can do nothing has no cost per token")
        return self


class GpuHourPart(Part):
    """The rate of one endpoint, in force from `valid_from` until `valid_to`."""

    endpoint: Name = Field(description="Endpoint of the catalog.")
    usd_per_gpu_hour: Amount = Field(
        description="US dollars for one GPU and hour, with power, operations and depreciation."
    )
    gpus: int = Field(1, ge=1, le=10_000, description="GPUs of this endpoint.")
    full_load: FullLoadPart = Field(description="Tokens of an hour at full load.")
    output_weight: Annotated[float, Field(gt=0, le=1000)] = Field(
        2.5,
        description="Work of an output token in input tokens: what decoding takes of the GPU's time against "
        "prefill. 2.5 is OpenCost's ratio where nothing was measured.",
    )
    valid_from: UtcMoment = Field(description="First moment in force: a date, or a time with zone.")
    valid_to: UtcMoment | None = Field(
        None, description="First moment no longer in force; left out: until further notice."
    )
    source: Text = Field(description="Where the rate comes from, for whoever audits the ledger.")

    @model_validator(mode="after")
    def _ordered(self) -> GpuHourPart:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must be later than valid_from")
        return self
