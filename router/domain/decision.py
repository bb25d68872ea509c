"""The result of deciding: ordered candidates, removed ones with reasons, and the trace that is stored."""

from __future__ import annotations

from dataclasses import dataclass

from router.domain.catalog import Endpoint, Model
from router.domain.kinds import OnError, VerifyMode
from router.domain.money import PicoUSD


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model on an endpoint that may serve the request, with what the decision expects of it.

    `p_success` 0..1 and `expected_output` tokens are estimates; `expected_cost` follows from them and the
    price in force. `meets_target` is None when the rule states no quality target.
    """

    model: Model
    endpoint: Endpoint
    p_success: float | None
    expected_output: int
    expected_cost: PicoUSD
    meets_target: bool | None


@dataclass(frozen=True, slots=True)
class Removed:
    """A model on an endpoint that may not serve the request, and the first hard constraint it broke."""

    model: str
    endpoint: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy said. `denied` carries the reason when nothing may be called."""

    rule: str
    candidates: tuple[Candidate, ...]
    removed: tuple[Removed, ...]
    verify: VerifyMode
    on_error: OnError
    max_attempts: int
    denied: str | None = None
    note: str | None = None
