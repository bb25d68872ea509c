"""One rule of the RoutingPolicy document: which requests, what to do with them, and how it is held to
account."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from router.domain.kinds import Confidence, Objective, OnError, VerifierName, VerifyMode
from router.policy.fields import (
    Amount,
    ConfidenceField,
    Fraction,
    Label,
    Licence,
    Name,
    ObjectiveField,
    OnErrorField,
    Part,
    Seconds,
    Text,
    TierField,
)
from router.policy.judge_document import JudgePart
from router.policy.match_document import MatchPart
from router.policy.mode_document import ModePart
from router.policy.verify_document import VerifyPart


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
    when: Text | None = Field(
        None,
        description="A CEL expression over the facts that has to hold as well, such as "
        "`input_tokens > 2000 && !('tools' in capabilities)`; an unknown fact makes it not hold.",
    )
    mode: ModePart = Field(
        default_factory=lambda: ModePart.model_validate("enforce"),
        description="`enforce` (default), `shadow` (decides beside the rule in force, recorded, never acts), "
        "or `{canary: 0.1}` (acts on that share).",
    )
    deny: Text | None = Field(None, description="Refuse, with this reason.")
    tiers: list[TierField] = Field(
        default_factory=list, description="Try these tiers in this order, cheapest first within one."
    )
    objective: ObjectiveField | None = Field(
        None,
        description="`cheapest`: the cheapest that meets the quality target; `best`: the most likely "
        "to be right; `value`: the lowest expected cost, a failure counted at `failure_cost_usd`; "
        "`best_of_n`: `samples` answers of the cheapest at once, the first that passes its check is given, "
        "else the next candidates are tried. With `verify: before_reply` all but `best_of_n` order by what "
        "answering, checking and trying the next is expected to bring.",
    )
    samples: Annotated[int, Field(ge=2, le=16)] | None = Field(
        None,
        description="With `objective: best_of_n`: answers bought at once, each an attempt of its own on the "
        "bill; required there.",
    )
    require: RequirePart = Field(
        default_factory=lambda: RequirePart.model_validate({}),
        description="What an endpoint must have to be a candidate.",
    )
    quality_target: Fraction | None = Field(
        None, description="P(success) from 0 to 1 that a candidate should reach."
    )
    confidence: ConfidenceField = Field(
        Confidence.EXPECTED,
        description="What has to reach it: the `expected` P(success), or the `lower` end of its interval.",
    )
    failure_cost_usd: Amount | None = Field(
        None, description="With `objective: value`: US dollars that a wrong answer costs; required there."
    )
    latency_cost_usd_per_s: Amount | None = Field(
        None,
        description="With `objective: value`: US dollars that a second until the complete answer costs; "
        "counts for endpoints whose speed the catalog gives.",
    )
    latency_target_s: Seconds | None = Field(
        None,
        description="Seconds until the complete answer, waiting included. Candidates that are not expected "
        "to keep it, by their load and speed, come after those that are: so a busy endpoint spills over.",
    )
    max_cost_usd: Amount | None = Field(
        None,
        description="Most US dollars that a request may be expected to cost; after a failed check, with what "
        "its attempts have cost already.",
    )
    verify: VerifyPart = Field(
        default_factory=lambda: VerifyPart.model_validate("none"),
        description="When answers are checked: `none` (default), `after_reply`, or `before_reply` (a failed "
        "check tries the next candidate); or a mapping.",
    )
    judge: JudgePart | None = Field(
        None, description="A model that judges a share of the answers after their replies; left out: none."
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
        idle = self.model_fields_set - {"name", "match", "when", "mode", "deny"}
        if self.deny is not None and idle:
            raise ValueError(f"deny calls no model: remove {', '.join(sorted(idle))}")
        if len(set(self.tiers)) != len(self.tiers):
            raise ValueError("tiers names a tier twice")
        return self

    @model_validator(mode="after")
    def _priced_by_value(self) -> RulePart:
        given = [n for n in ("failure_cost_usd", "latency_cost_usd_per_s") if getattr(self, n) is not None]
        if self.objective is Objective.VALUE and self.failure_cost_usd is None:
            raise ValueError("needs failure_cost_usd: objective value weighs a failure at its price")
        if self.objective is not Objective.VALUE and given:
            raise ValueError(f"{given[0]} needs `objective: value`; only that objective weighs it")
        return self

    @model_validator(mode="after")
    def _samples_are_chosen_from(self) -> RulePart:
        if self.objective is not Objective.BEST_OF_N:
            if self.samples is not None:
                raise ValueError("samples needs `objective: best_of_n`; only that buys several answers")
            if VerifierName.CONSISTENCY in self.verify.verifiers:
                raise ValueError("verifier consistency needs `objective: best_of_n`: it compares samples")
            return self
        if self.samples is None:
            raise ValueError("needs samples: how many answers best_of_n buys at once, such as `samples: 3`")
        if self.verify.mode is not VerifyMode.BEFORE_REPLY or not self.verify.share:
            raise ValueError(
                "needs `verify: before_reply`: without a check best_of_n has nothing to choose by, "
                "and pays for answers that nobody sees"
            )
        if self.max_attempts < self.samples:
            raise ValueError(f"max_attempts is {self.max_attempts}, less than its {self.samples} samples")
        return self

    @model_validator(mode="after")
    def _confidence_of_something(self) -> RulePart:
        if self.confidence is Confidence.LOWER and self.quality_target is None:
            raise ValueError("confidence: lower needs a quality_target to hold the lower end against")
        return self
