"""The RoutingPolicy document: where data may go, what spend is compared with, and the rules in order."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from router.domain.kinds import DataClass, OnError
from router.policy.envelope import Document
from router.policy.fields import (
    Amount,
    DataClassField,
    Fraction,
    IsoDate,
    Label,
    Licence,
    Name,
    ObjectiveField,
    OnErrorField,
    Part,
    Text,
    TierField,
)
from router.policy.match_document import MatchPart
from router.policy.verify_document import VerifyPart


class DataClassPart(Part):
    """What holds for every request of a data class, whatever a rule says."""

    residency: list[Label] = Field(
        min_length=1, description="Residency labels of the endpoints that may see such data."
    )


class DataClassesPart(Part):
    """Limits by data class; a class left out may go anywhere."""

    public: DataClassPart | None = Field(None, description="Limits of this class.")
    internal: DataClassPart | None = Field(None, description="Limits of this class.")
    confidential: DataClassPart | None = Field(None, description="Limits of this class.")
    restricted: DataClassPart | None = Field(None, description="Limits of this class.")


class BaselinePart(Part):
    """The model that spend is compared with, as somebody declared it."""

    model: Name = Field(description="Model of the catalog that would have been bought otherwise.")
    owner: Text = Field(description="Who declared it.")
    declared: IsoDate = Field(description="When it was declared, as YYYY-MM-DD.")


class BaselinesPart(BaselinePart):
    """The baseline of all spend, and of single workloads."""

    workloads: dict[Name, BaselinePart] = Field(
        default_factory=dict, description="Baselines of single workloads, by workload."
    )


class RequirePart(Part):
    """What an endpoint or model must have to be a candidate of the rule."""

    residency: list[Label] = Field(
        default_factory=list, description="Any of these residency labels; left out: anywhere."
    )
    licence: list[Licence] = Field(
        default_factory=list, description="Any of these licences; left out: any licence."
    )


class RulePart(Part):
    """What to do with the requests it matches: `deny`, `tiers` or `objective`, exactly one of them."""

    name: Name = Field(description="Unique name; shown in headers and the ledger.")
    match: MatchPart = Field(
        default_factory=lambda: MatchPart.model_validate({}),
        description="Which requests it is for; left out: every request.",
    )
    deny: Text | None = Field(None, description="Refuse, with this reason.")
    tiers: list[TierField] = Field(
        default_factory=list, description="Try these tiers in this order, cheapest first within one."
    )
    objective: ObjectiveField | None = Field(
        None,
        description="`cheapest`: the cheapest that meets the quality target; `best`: the most likely "
        "to be right.",
    )
    require: RequirePart = Field(
        default_factory=lambda: RequirePart.model_validate({}),
        description="What an endpoint must have to be a candidate.",
    )
    quality_target: Fraction | None = Field(
        None, description="P(success) from 0 to 1 that a candidate should reach."
    )
    max_cost_usd: Amount | None = Field(
        None, description="Most US dollars that a request may be expected to cost."
    )
    verify: VerifyPart = Field(
        default_factory=lambda: VerifyPart.model_validate("none"),
        description="When answers are checked: `none` (default), `after_reply`, or `before_reply` (a failed "
        "check tries the next candidate); or a mapping.",
    )
    on_error: OnErrorField = Field(
        OnError.ESCALATE,
        description="When the classifier fails: `escalate`, `allow` or `deny`.",
    )
    max_attempts: int = Field(4, ge=1, le=20, description="Most upstream attempts per request.")

    @model_validator(mode="after")
    def _one_action(self) -> RulePart:
        given = [name for name in ("deny", "tiers", "objective") if getattr(self, name)]
        if len(given) != 1:
            said = " and ".join(given) or "none of them"
            raise ValueError(f"needs exactly one of deny, tiers and objective, has {said}")
        idle = self.model_fields_set - {"name", "match", "deny"}
        if self.deny is not None and idle:
            raise ValueError(f"deny calls no model: remove {', '.join(sorted(idle))}")
        if len(set(self.tiers)) != len(self.tiers):
            raise ValueError("tiers names a tier twice")
        return self


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
    rules: list[RulePart] = Field(
        min_length=1,
        description="First match wins; the last one is the default and matches everything.",
    )


class PolicyDocument(Document):
    """Which model may and should serve which request."""

    kind: Literal["RoutingPolicy"] = Field(description="RoutingPolicy.")
    spec: PolicySpec = Field(description="Limits, baseline and rules.")
