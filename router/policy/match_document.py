"""The match block of a rule as YAML gives it: a closed set of conditions, all of which must hold."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from router.policy.fields import (
    CapabilityField,
    ClockTime,
    DataClassField,
    Fraction,
    Label,
    Language,
    Part,
    TaskField,
    Wildcard,
)

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class FractionRange(Part):
    """A range of a number from 0 to 1."""

    at_least: Fraction | None = Field(None, description="Smallest value inside the range.")
    below: Fraction | None = Field(None, description="Smallest value above the range.")

    @model_validator(mode="after")
    def _sound(self) -> FractionRange:
        _check_range(self.at_least, self.below)
        return self


class TokenRange(Part):
    """A range of a number of tokens."""

    at_least: int | None = Field(None, ge=0, description="Smallest value inside the range.")
    below: int | None = Field(None, ge=0, description="Smallest value above the range.")

    @model_validator(mode="after")
    def _sound(self) -> TokenRange:
        _check_range(self.at_least, self.below)
        return self


def _check_range(at_least: float | None, below: float | None) -> None:
    if at_least is None and below is None:
        raise ValueError("needs `at_least`, `below` or both")
    if at_least is not None and below is not None and at_least >= below:
        raise ValueError("at_least must be smaller than below: the range is empty")


class TimePart(Part):
    """A window of the week, in UTC."""

    weekdays: list[Weekday] = Field(
        default_factory=list, description="mon, tue, wed, thu, fri, sat, sun; left out: every day."
    )
    from_: ClockTime | None = Field(
        None, alias="from", description="First minute inside, UTC, such as 08:00."
    )
    to: ClockTime | None = Field(
        None,
        description="First minute outside, UTC; earlier than `from`: the window passes midnight.",
    )

    @model_validator(mode="after")
    def _sound(self) -> TimePart:
        if (self.from_ is None) != (self.to is None):
            raise ValueError("give both `from` and `to`, or neither for whole days")
        if self.from_ is not None and self.from_ == self.to:
            raise ValueError("from and to are equal; leave both out for whole days")
        if self.from_ is None and not self.weekdays:
            raise ValueError("needs `weekdays`, or `from` and `to`")
        return self


class MatchPart(Part):
    """Every given field must hold, any of a field's values may. Empty: every request."""

    organisation: list[Wildcard] = Field(
        default_factory=list, description="Organisations of the key; `*` at the end matches any rest."
    )
    team: list[Wildcard] = Field(default_factory=list, description="Teams of the key.")
    project: list[Wildcard] = Field(default_factory=list, description="Projects of the key.")
    key: list[Wildcard] = Field(default_factory=list, description="Ids of virtual keys.")
    workload: list[Wildcard] = Field(
        default_factory=list, description="Workloads that the app names in its request."
    )
    task: list[TaskField] = Field(default_factory=list, description="Kinds of work.")
    data_class: list[DataClassField] = Field(
        default_factory=list, description="Data classes of the request's content."
    )
    language: list[Language] = Field(default_factory=list, description="Languages of the request.")
    capabilities: list[CapabilityField] = Field(
        default_factory=list, description="Capabilities of which the request needs all."
    )
    difficulty: FractionRange | None = Field(
        None, description="Difficulty from 0 to 1; an unknown difficulty is in no range."
    )
    confidence: FractionRange | None = Field(
        None, description="The classifier's confidence from 0 to 1; unknown is in no range."
    )
    input_tokens: TokenRange | None = Field(None, description="Estimated tokens of the request.")
    tags: dict[Label, list[Wildcard]] = Field(
        default_factory=dict, description="Tags of the request: any of the values of every tag named."
    )
    time: TimePart | None = Field(None, description="Window of the week, in UTC.")
