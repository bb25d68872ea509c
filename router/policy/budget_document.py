"""The BudgetSet document: what may be spent, by whom, on what, in which period."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from router.domain.budget import Enforcement, WhenSpent
from router.domain.budget_period import PeriodKind
from router.domain.money import PICO_PER_USD
from router.policy.envelope import Document
from router.policy.fields import Amount, Name, Part, Pattern, TierField, Wildcard

_MOST_USD = 9_000_000
"""What a 64-bit column of pico-USD holds."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as UTC or Europe/Berlin") from None
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]
Percent = Annotated[int, Field(ge=1, le=1000)]
EMail = Annotated[
    str,
    Pattern(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,255}", "an e-mail address such as finance@example.com"),
]
PeriodField = Annotated[PeriodKind, Field(strict=False)]
EnforcementField = Annotated[Enforcement, Field(strict=False)]
WhenSpentField = Annotated[WhenSpent, Field(strict=False)]


class ScopePart(Part):
    """Whose spend counts: every given field must match, any of its values may. Empty: all spend."""

    organisation: list[Wildcard] = Field(
        default_factory=list, description="Organisations of the key; `*` at the end matches any rest."
    )
    team: list[Wildcard] = Field(default_factory=list, description="Teams of the key.")
    project: list[Wildcard] = Field(default_factory=list, description="Projects of the key.")
    key: list[Wildcard] = Field(default_factory=list, description="Ids of virtual keys.")
    workload: list[Wildcard] = Field(
        default_factory=list, description="Workloads that the app names in its request."
    )
    model: list[Wildcard] = Field(default_factory=list, description="Models of the catalog.")
    tier: list[TierField] = Field(default_factory=list, description="Tiers.")


class BudgetPart(Part):
    """One budget. A call counts in every budget that matches it, and needs room in all hard ones."""

    name: Name = Field(description="Name of the budget, in refusals, alerts and on screens.")
    match: ScopePart = Field(
        default_factory=ScopePart, description="Whose spend counts; left out: everybody's."
    )
    period: PeriodField = Field(description="What the limit is for: a day, a week from Monday, or a month.")
    time_zone: ZoneName = Field("UTC", description="IANA zone in which periods begin, such as Europe/Berlin.")
    limit_usd: Amount = Field(description="US dollars in one period.")
    enforcement: EnforcementField = Field(
        description="hard: a call that might exceed the limit is not made; soft: people are told."
    )
    when_spent: WhenSpentField | None = Field(
        None,
        description="Of a hard budget without room for any paid candidate. free_candidates: those that cost "
        "nothing still serve; deny: nothing does. Left out: free_candidates.",
    )
    self_hosted: Literal["counted", "free"] = Field(
        "counted",
        description="Endpoints with a `gpu_hours` rate, whose hours are paid busy or idle. counted: at the "
        "price book's token prices; free: they neither count nor are ever refused.",
    )
    thresholds: list[Percent] = Field(
        default_factory=lambda: [50, 80, 100],
        description="Per cent of the limit at which people are told, once in a period each.",
    )
    email: list[EMail] = Field(
        default_factory=list, description="Who is told, besides those that the gateway's settings name."
    )

    @model_validator(mode="after")
    def _sound(self) -> BudgetPart:
        if not 0 < self.limit_usd <= _MOST_USD * PICO_PER_USD:
            raise ValueError(f"limit_usd must be above 0 and at most {_MOST_USD:,}")
        if self.when_spent is not None and self.enforcement is Enforcement.SOFT:
            raise ValueError("when_spent is for hard budgets: a soft one refuses nothing")
        if sorted(set(self.thresholds)) != self.thresholds:
            raise ValueError("thresholds must rise, each given once")
        return self


class BudgetSpec(Part):
    """The budgets."""

    budgets: list[BudgetPart] = Field(description="Budgets; a call counts in all that match it.")


class BudgetDocument(Document):
    """Budgets in money: what may be spent, by whom, on what, in which period."""

    kind: Literal["BudgetSet"] = Field(description="BudgetSet.")
    spec: BudgetSpec = Field(description="The budgets.")
