"""The ModelCatalog document: every model that can be bought, and its endpoints. Form only: whether names
exist and prices are in force is checked when the documents are compiled together."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field

from router.policy.ability.document import CalibrationPart, PublishedPart
from router.policy.endpoint_document import AnyEndpoint
from router.policy.envelope import Document
from router.policy.fields import (
    CapabilityField,
    Fraction,
    Language,
    Licence,
    Name,
    Part,
    TaskField,
    TierField,
    Tokens,
)
from router.policy.profile_document import ServingProfilePart

T = TypeVar("T")


def _exception() -> Any:
    return Field(None, description="Holds for this task instead of `default`.")


class PerTask(Part, Generic[T]):
    """A value for every task: `default`, and exceptions by task."""

    default: T = Field(description="Holds for every task that is not named here.")
    math: T | None = _exception()
    code: T | None = _exception()
    knowledge: T | None = _exception()
    instruction: T | None = _exception()
    tool_use: T | None = _exception()
    extraction: T | None = _exception()
    classification: T | None = _exception()
    writing: T | None = _exception()
    other: T | None = _exception()


class Ability(PerTask[Fraction]):
    """The share (0..1) of a task's usual requests that the model gets right, as somebody declares it."""

    declared_weight: Annotated[float, Field(gt=0, le=1_000_000)] = Field(
        4.0,
        description="How many outcomes the declared numbers are worth against evidence: a few for a guess, "
        "hundreds for a measurement of your own.",
    )


class ExpectedOutput(PerTask[Tokens]):
    """Tokens the model writes, thinking included."""


class ModelPart(Part):
    """One model of the catalog."""

    name: Name = Field(description="Unique name; what apps may ask for and the ledger shows.")
    tier: TierField = Field(description="Tier it belongs to: small, reasoning or frontier.")
    base: Name | None = Field(
        None, description="The model of this catalog that it is a fine-tune of; left out: it is none."
    )
    licence: Licence = Field(description="SPDX identifier such as Apache-2.0, or proprietary.")
    capabilities: list[CapabilityField] = Field(
        default_factory=list,
        description="What it can do beyond plain chat; a request that needs more is not sent to it.",
    )
    languages: list[Language] = Field(
        default_factory=list, description="ISO 639-1 codes it is good in; left out: every language."
    )
    serves: list[TaskField] = Field(
        default_factory=list, description="Tasks it may be used for; left out: every task."
    )
    ability: Ability = Field(
        description="Per task, the share (0..1) of usual requests it gets right; evidence moves it."
    )
    published: list[PublishedPart] = Field(
        default_factory=list, description="Published benchmark scores; each moves the abilities it tells of."
    )
    calibration: list[CalibrationPart] = Field(
        default_factory=list, description="Checked answers to calibration prompts."
    )
    expected_output: ExpectedOutput = Field(
        description="Per task, the tokens it writes, thinking included; expected cost follows from it."
    )
    max_output: Tokens | None = Field(
        None, description="Most tokens it can write in one answer; left out: what its context leaves."
    )
    serving_profile: Name | None = Field(
        None, description="Name of a profile under `serving_profiles`; left out: none."
    )
    endpoints: list[AnyEndpoint] = Field(min_length=1, description="Where it runs: one or more.")


class CatalogSpec(Part):
    """What can be bought."""

    serving_profiles: dict[Name, ServingProfilePart] = Field(
        default_factory=dict, description="Serving profiles by name."
    )
    models: list[ModelPart] = Field(min_length=1, description="The models, in display order.")


class CatalogDocument(Document):
    """Models, their endpoints and how a kind of model must be served."""

    kind: Literal["ModelCatalog"] = Field(description="ModelCatalog.")
    spec: CatalogSpec = Field(description="What can be bought.")
