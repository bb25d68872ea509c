"""The PolicyTests document: requests, and what the policy beside it must say of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.policy.envelope import Document
from router.policy.fields import (
    CapabilityField,
    DataClassField,
    Fraction,
    Label,
    Language,
    Name,
    Part,
    TaskField,
    Text,
    TierField,
    Tokens,
    UtcMoment,
)


class GivenPart(Part):
    """What is known of a request; what is left out is not known, or is what most requests have."""

    prompt: Text | None = Field(
        None,
        description="Text of the request, read by the gateway's own classifier; what is given beside it "
        "wins over what was read.",
    )
    model: Text = Field("auto", description="What the app asks for: auto, auto/<tier> or a model's name.")
    organisation: Name = Field("tests", description="The caller's organisation.")
    team: Name = Field("tests", description="The caller's team.")
    project: Name = Field("tests", description="The caller's project.")
    key: Name = Field("tests", description="Id of the caller's key.")
    allowed_tiers: list[TierField] = Field(
        default_factory=list, description="Tiers that the key may use; left out: all."
    )
    allowed_models: list[Name] = Field(
        default_factory=list, description="Models that the key may use; left out: all."
    )
    workload: Name | None = Field(None, description="Workload that the app names.")
    task: TaskField | None = Field(None, description="Kind of work.")
    difficulty: Fraction | None = Field(None, description="Difficulty from 0 to 1.")
    confidence: Fraction | None = Field(None, description="The classifier's confidence from 0 to 1.")
    data_class: DataClassField | None = Field(None, description="Data class; left out: the policy's default.")
    language: Language = Field("und", description="Language of the request.")
    capabilities: list[CapabilityField] = Field(
        default_factory=list, description="What the request needs beyond plain chat."
    )
    input_tokens: Annotated[int, Field(ge=0, le=100_000_000)] | None = Field(
        None, description="Tokens sent; left out: 200, or as many as the prompt has."
    )
    max_output_tokens: Tokens | None = Field(None, description="Longest answer that the app asks for.")
    min_tier: TierField | None = Field(None, description="Lowest tier that the app accepts.")
    quality: Fraction | None = Field(None, description="Quality target that the app asks for.")
    tags: dict[Name, Text] = Field(default_factory=dict, description="Tags that the app sends.")
    time: UtcMoment | None = Field(None, description="When it comes; left out: the document's `at`.")
    unhealthy: list[Name] = Field(
        default_factory=list, description="Endpoints whose circuit is open at that time."
    )
    classifier_failed: bool = Field(False, description="The classifier gave nothing.")

    @model_validator(mode="after")
    def _one_source(self) -> GivenPart:
        if self.prompt is not None and self.classifier_failed:
            raise ValueError("classifier_failed leaves nothing to read a prompt with; remove one of them")
        return self


class ExpectPart(Part):
    """What the decision must be; only what is given is compared."""

    rule: Name | None = Field(None, description="The rule that matches.")
    tier: TierField | None = Field(None, description="Tier of the first candidate.")
    model: Name | None = Field(None, description="Model of the first candidate.")
    endpoint: Name | None = Field(None, description="The first candidate's endpoint.")
    order: list[Name] = Field(
        default_factory=list, description="Models of the first candidates, in their order."
    )
    never: list[Name] = Field(
        default_factory=list, description="Models that must not be candidates at any place."
    )
    residency: list[Label] = Field(
        default_factory=list, description="Every candidate, fallbacks included, must be in one of these."
    )
    denied: Text | None = Field(None, description="Refused by the rule, with these words in its reason.")
    no_candidate: Literal[True] | None = Field(
        None, description="`true`: refused because no model may serve it."
    )

    @model_validator(mode="after")
    def _something(self) -> ExpectPart:
        if not self.model_fields_set:
            raise ValueError("needs at least one expectation: without one, every policy passes")
        chosen = {"tier", "model", "endpoint", "order"} & self.model_fields_set
        refused = {"denied", "no_candidate"} & self.model_fields_set
        if refused and (chosen or len(refused) > 1):
            given = ", ".join(sorted(chosen | refused))
            raise ValueError(f"a refusal has no candidate: {given} exclude one another")
        return self


class CasePart(Part):
    """One request and what must become of it."""

    name: Text = Field(description="What the case shows, in words.")
    given: GivenPart = Field(
        default_factory=lambda: GivenPart.model_validate({}), description="What is known of the request."
    )
    expect: ExpectPart = Field(description="What the decision must be.")


class CasesSpec(Part):
    """The cases."""

    at: UtcMoment = Field(
        description="When the requests come, unless a case says otherwise: prices and time windows follow "
        "from it."
    )
    endpoints: Literal["all", "environment"] = Field(
        "all",
        description="`all`: as if every environment variable that the catalog names were set; "
        "`environment`: those that are active where the tests run.",
    )
    cases: list[CasePart] = Field(min_length=1, description="The cases, each on its own.")


class CasesDocument(Document):
    """Requests and what the policy must say of them; lies in the folder `tests` below the policy's."""

    kind: Literal["PolicyTests"] = Field(description="PolicyTests.")
    spec: CasesSpec = Field(description="The cases.")
