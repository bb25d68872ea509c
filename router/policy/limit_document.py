"""The RateLimits document: requests and tokens per minute, and requests at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.domain.limits import OnStoreError, Per
from router.policy.envelope import Document
from router.policy.fields import Name, Part, Text

_Amount = Annotated[int, Field(ge=1, le=1_000_000_000_000)]


class LimitPart(Part):
    """One limit. A request must keep within all that bind it."""

    name: Name = Field(description="Name of the limit, shown in refusals; each name once.")
    per: list[Annotated[Per, Field(strict=False)]] = Field(
        min_length=1,
        description="What is counted apart: each key, team, project, organisation or model, or each "
        "combination of several.",
    )
    organisation: list[Text] = Field(
        default_factory=list, description="Organisations that it binds; `*` at the end matches any rest."
    )
    team: list[Text] = Field(default_factory=list, description="Teams that it binds.")
    project: list[Text] = Field(default_factory=list, description="Projects that it binds.")
    key: list[Text] = Field(default_factory=list, description="Ids of the virtual keys that it binds.")
    model: list[Text] = Field(
        default_factory=list,
        description="Models that it binds, `*` as above. With it, or with `per: [model]`, a model at its "
        "limit is passed over, and the request refused only where no other may answer.",
    )
    requests_per_minute: _Amount | None = Field(None, description="Most requests a minute.")
    tokens_per_minute: _Amount | None = Field(
        None,
        description="Most tokens a minute, input and output: what a request may need is set aside, and what "
        "it took counts in the end.",
    )
    parallel_requests: _Amount | None = Field(
        None, description="Most requests at once: over all gateways that share a Valkey, else in each."
    )

    @model_validator(mode="after")
    def _limits_something(self) -> LimitPart:
        if self.requests_per_minute is self.tokens_per_minute is self.parallel_requests is None:
            raise ValueError(
                "limits nothing; give requests_per_minute, tokens_per_minute or parallel_requests"
            )
        return self


class LimitsSpec(Part):
    """The limits."""

    on_store_error: Annotated[OnStoreError, Field(strict=False)] = Field(
        OnStoreError.ALONE,
        description="While the Valkey that gateways share does not answer: `alone` (each gateway counts its "
        "own), `allow` (nothing is limited), `deny` (503).",
    )
    limits: list[LimitPart] = Field(min_length=1, description="The limits, in any order.")

    @model_validator(mode="after")
    def _names_once(self) -> LimitsSpec:
        names = [part.name for part in self.limits]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"limits has {', '.join(twice)} twice; give each a name of its own")
        return self


class LimitDocument(Document):
    """How much may be asked in a minute and at once. Optional; `limits.yaml`."""

    kind: Literal["RateLimits"] = Field(description="RateLimits.")
    spec: LimitsSpec = Field(description="The limits.")
