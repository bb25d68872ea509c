"""The RoutingPolicy document: where data may go, what spend is compared with, and the rules in order."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.domain.kinds import DataClass
from router.policy.envelope import Document
from router.policy.fields import (
    DataClassField,
    DetectedTypeField,
    Fraction,
    IsoDate,
    Label,
    Name,
    Part,
    Text,
)
from router.policy.rate_document import CheckRatePart
from router.policy.rule_document import RulePart


class DataClassPart(Part):
    """What holds for every request of a data class, whatever a rule says."""

    residency: list[Label] | None = Field(
        None, min_length=1, description="Residency labels of the endpoints that may see such data."
    )
    detect: list[DetectedTypeField] = Field(
        default_factory=list,
        description="Types of personal data that raise a request to this class wherever its texts hold one, "
        "as Microsoft Presidio names them, such as CREDIT_CARD; the extra `detect` finds them.",
    )
    detect_score: Fraction = Field(
        0.5, description="With `detect`: the least score, from 0 to 1, with which a finding counts."
    )


class DataClassesPart(Part):
    """Limits by data class; one left out is held to the next laxer one, restricted data to on-premises."""

    public: DataClassPart | None = Field(None, description="Limits of this class.")
    internal: DataClassPart | None = Field(None, description="Limits of this class.")
    confidential: DataClassPart | None = Field(None, description="Limits of this class.")
    restricted: DataClassPart | None = Field(None, description="Limits of this class.")


class BaselinePart(Part):
    """The model that spend is compared with, as somebody declared it."""

    model: Name = Field(description="Model of the catalog that would have been bought otherwise.")
    owner: Text = Field(description="Who declared it.")
    declared: IsoDate = Field(description="When it was declared, as YYYY-MM-DD.")
    holdout: Annotated[float, Field(ge=0, le=0.5)] = Field(
        0.0,
        description="Share of requests, drawn at random, that this model answers, so that `tiergate savings` "
        "measures the saving instead of reckoning it; 0: none. Each costs what the saving would have been.",
    )


class BaselinesPart(BaselinePart):
    """The baseline of all spend, and of single workloads."""

    workloads: dict[Name, BaselinePart] = Field(
        default_factory=dict, description="Baselines of single workloads, by workload."
    )


class PolicySpec(Part):
    """Limits, baseline and rules."""

    data_classes: DataClassesPart = Field(
        default_factory=lambda: DataClassesPart.model_validate({}),
        description="Where data of a class may go, whatever a rule says.",
    )
    default_data_class: DataClassField = Field(
        DataClass.INTERNAL, description="Class of requests of which nobody says it."
    )
    baseline: BaselinesPart = Field(description="What spend is compared with.")
    cache_warm_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        300.0,
        description="Seconds for which an upstream keeps a conversation's prompt cache: that long its "
        "discount speaks for the model of the previous turn; 0: never.",
    )
    check_rates: list[CheckRatePart] = Field(
        default_factory=list,
        description="How often verifiers are wrong, where it was measured on your own answers; takes the "
        "place of the figures that ship with Tiergate. A check whose rates nobody gives is not counted on.",
    )
    rules: list[RulePart] = Field(
        min_length=1,
        description="First match wins; the last one is the default and matches everything.",
    )

    @model_validator(mode="after")
    def _rates_once(self) -> PolicySpec:
        named = [part.verifier for part in self.check_rates]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"check_rates names {', '.join(twice)} twice; keep one")
        return self


class PolicyDocument(Document):
    """Which model may and should serve which request."""

    kind: Literal["RoutingPolicy"] = Field(description="RoutingPolicy.")
    spec: PolicySpec = Field(description="Limits, baseline and rules.")
