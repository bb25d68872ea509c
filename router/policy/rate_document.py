"""How often a verifier is wrong, as the RoutingPolicy document states it."""

from __future__ import annotations

from pydantic import Field, model_validator

from router.domain.acceptance import ErrorRates
from router.policy.fields import Fraction, Part, TaskField, Text, VerifierField


class CheckRatePart(Part):
    """Error rates of one verifier, among the answers that it decides."""

    verifier: VerifierField = Field(description="Whose rates; each verifier at most once.")
    false_accept: Fraction = Field(description="Share of the wrong answers that pass, from 0 to 1.")
    false_reject: Fraction = Field(description="Share of the right answers that fail, from 0 to 1.")
    source: Text = Field(description="What it was measured on, for whoever audits a decision.")
    tasks: list[TaskField] = Field(
        default_factory=list, description="Tasks for which passing means being right; left out: all."
    )

    @model_validator(mode="after")
    def _better_than_a_coin(self) -> CheckRatePart:
        if self.false_accept + self.false_reject >= 1:
            raise ValueError(
                "false_accept and false_reject must add up to less than 1: at 1 the check tells nothing"
            )
        return self

    def rates(self) -> ErrorRates:
        """As the decision reads it."""
        return ErrorRates(self.false_accept, self.false_reject, self.source, frozenset(self.tasks))
