"""Serving profiles as YAML gives them: what a family of models needs of whoever calls it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.policy.fields import Part

_Field = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Penalty = Annotated[float, Field(ge=-2, le=2)]


class SamplingPart(Part):
    """Sampling fields filled in where the caller left them out."""

    temperature: float | None = Field(None, ge=0, le=2, description="Default temperature.")
    top_p: float | None = Field(None, gt=0, le=1, description="Default nucleus share.")
    top_k: int | None = Field(None, ge=1, le=1_000_000, description="Default top-k.")
    min_p: float | None = Field(None, ge=0, le=1, description="Default minimum relative probability.")
    presence_penalty: _Penalty | None = Field(None, description="Default presence penalty.")
    frequency_penalty: _Penalty | None = Field(None, description="Default frequency penalty.")
    repetition_penalty: float | None = Field(
        None, gt=0, le=5, description="Default repetition penalty; 1 is none."
    )


class ThinkingPart(Part):
    """How the model's thinking arrives from the upstream."""

    format: Literal["field", "tags"] = Field(
        description="`field`: apart, as reasoning_content or reasoning; `tags`: text up to `</think>`."
    )
    opener: Literal["explicit", "implicit"] = Field(
        "implicit",
        description="With `tags`: `implicit` if the chat template already wrote `<think>`.",
    )


class RepetitionGuardPart(Part):
    """Ends an answer whose tail repeats one unit of text."""

    min_repeats: int = Field(8, ge=2, le=1000, description="Repeats of the unit before it ends.")
    min_chars: int = Field(400, ge=20, le=100_000, description="Repeated characters before it ends.")
    min_period: int = Field(4, ge=1, le=10_000, description="Shortest unit looked for, in characters.")
    max_period: int = Field(400, ge=1, le=10_000, description="Longest unit looked for, in characters.")

    @model_validator(mode="after")
    def _ordered(self) -> RepetitionGuardPart:
        if self.min_period > self.max_period:
            raise ValueError("min_period must not be greater than max_period")
        return self


class ServingProfilePart(Part):
    """One profile, named by its key under `serving_profiles`."""

    sampling_defaults: SamplingPart = Field(
        default_factory=lambda: SamplingPart.model_validate({}),
        description="Sampling fields filled in where the caller left them out.",
    )
    forbid_greedy: bool = Field(
        False,
        description="Lift temperature 0 to the default and say so; refuse other greedy settings.",
    )
    thinking: ThinkingPart | None = Field(
        None, description="How thinking arrives; left out: the model does not think aloud."
    )
    repetition_guard: RepetitionGuardPart | None = Field(
        None, description="End runaway repetition; `{}` takes the defaults, left out: never."
    )

    rename: dict[_Field, _Field] = Field(
        default_factory=dict,
        description="Fields the upstream knows by another name: `{max_tokens: max_completion_tokens}`.",
    )
    drop: list[_Field] = Field(
        default_factory=list,
        description="Request fields the upstream refuses; left out, and the caller is told in a header.",
    )

    @model_validator(mode="after")
    def _liftable(self) -> ServingProfilePart:
        if self.forbid_greedy and not self.sampling_defaults.temperature:
            raise ValueError(
                "forbid_greedy lifts temperature 0 to sampling_defaults.temperature: give one greater than 0"
            )
        return self
