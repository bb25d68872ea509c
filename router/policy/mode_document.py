"""How far a rule is rolled out, as YAML gives it: a word, or a canary's share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from router.domain.rollout import Rollout, RuleMode, Sticky
from router.policy.fields import Fraction, Part

_WORDS = (RuleMode.ENFORCE, RuleMode.SHADOW)


class ModePart(Part):
    """`enforce`, `shadow`, or a mapping for a canary."""

    canary: Fraction | None = Field(None, description="Share of the requests, from 0 to 1, that it acts on.")
    sticky: Annotated[Sticky, Field(strict=False)] = Field(
        Sticky.CALLER,
        description="What stays in or out together: all requests of a `caller`, or of a `conversation`.",
    )
    mode: Annotated[RuleMode, Field(strict=False)] | None = Field(None, description="`enforce` or `shadow`.")

    @model_validator(mode="before")
    @classmethod
    def _accept_word(cls, value: Any) -> Any:
        return {"mode": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _sound(self) -> ModePart:
        if self.canary is None and (self.mode is RuleMode.CANARY or self.mode is None):
            raise ValueError("needs the share it acts on, such as `mode: {canary: 0.1}`")
        if self.canary is not None and self.mode in _WORDS:
            raise ValueError(f"is {self.mode} and canary; keep one")
        if self.canary is None and "sticky" in self.model_fields_set:
            raise ValueError("sticky needs `canary`: all others act on every request or on none")
        return self

    def rollout(self) -> Rollout:
        """As the decision reads it."""
        if self.canary is not None:
            return Rollout(RuleMode.CANARY, self.canary, self.sticky)
        assert self.mode is not None
        return Rollout(self.mode)
