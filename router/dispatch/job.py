"""What the attempt loop is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from router.domain.decision import Candidate, Decision
from router.domain.finding import Finding
from router.domain.value import value
from router.meter.bill import RunningAttempt

Check = Callable[[Mapping[str, Any]], Finding]


@value
class Job:
    """One decided request. `check` is None when the rule verifies nothing; `input_tokens` is
    the classifier's estimate; `headers` go to every upstream."""

    payload: dict[str, Any]
    decision: Decision
    include_usage: bool
    input_tokens: int
    check: Check | None
    headers: Mapping[str, str]


@dataclass(slots=True)
class Answer:
    """What the caller gets. `body` is empty when it was streamed; `status` is 200, or 4xx when the upstream
    found fault with the request itself. `broken` says why a stream ended early; `rejected` counts answers
    of earlier candidates that a check turned down."""

    candidate: Candidate
    status: int
    body: bytes
    notes: list[str] = field(default_factory=list)
    finding: Finding | None = None
    broken: str | None = None
    rejected: int = 0


class Book(Protocol):
    """Where an attempt is written down before it may be dispatched."""

    async def opening(self, attempt: RunningAttempt) -> None:
        """Raises Unavailable when it cannot be recorded: then it is not dispatched."""
        ...


class Relay(Protocol):
    """The caller's end of a stream."""

    async def begin(self, candidate: Candidate, notes: list[str]) -> None:
        """Sends the head. From here on no other candidate may answer."""
        ...

    async def send(self, data: bytes) -> None: ...
