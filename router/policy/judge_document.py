"""Which model judges a rule's answers, how many of them, and for how much money."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from router.domain.judgement import CompareWith, Judge
from router.policy.fields import Amount, Fraction, Name, Part, Text

CompareField = Annotated[CompareWith, Field(strict=False)]


class JudgePart(Part):
    """A model that gives its opinion on answers that went out. Opinions are never verdicts."""

    model: Name = Field(description="Model of the catalog that judges, of requests that it may see.")
    share: Fraction = Field(description="Share of the answers that are judged, from 0 to 1.")
    compare_with: CompareField = Field(
        CompareWith.REFERENCE,
        description="What the judge sees beside the answer: `reference`, the app's if it declared one; "
        "`baseline`, the baseline model's answer, bought for this; `nothing`. Without any it grades.",
    )
    budget_per_day_usd: Amount | None = Field(
        None, description="Most US dollars that judging may cost in a UTC day, baseline answers included."
    )
    budget_per_month_usd: Amount | None = Field(
        None, description="The same for a month. One of the two is needed; both hold where both are given."
    )
    rubric: Text | None = Field(None, description="What counts in these answers, in words for the judge.")
    max_output_tokens: Annotated[int, Field(ge=16, le=100_000)] = Field(
        1024, description="Most tokens of each of the judge's replies, thinking included."
    )

    @model_validator(mode="after")
    def _bounded(self) -> JudgePart:
        if self.budget_per_day_usd is None and self.budget_per_month_usd is None:
            raise ValueError("needs budget_per_day_usd or budget_per_month_usd: judging must have an end")
        return self

    def judge(self) -> Judge:
        """As the gateway reads it."""
        return Judge(
            self.model,
            self.share,
            self.compare_with,
            self.budget_per_day_usd,
            self.budget_per_month_usd,
            self.rubric,
            self.max_output_tokens,
        )
