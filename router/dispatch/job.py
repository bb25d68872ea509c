"""What the attempt loop is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from router.domain.budget import Hold, Shortage
from router.domain.clearance import Clearance
from router.domain.decision import Candidate, Decision
from router.domain.finding import Finding
from router.domain.value import value
from router.meter.bill import RunningAttempt

Check = Callable[[Mapping[str, Any]], Finding]
SlowCheck = Callable[[Mapping[str, Any], Finding], Awaitable[Finding]]
"""Takes an answer and what `Check` found; returns that with what only time can tell. Never raises."""


Agree = Callable[[Sequence[Mapping[str, Any]]], tuple[frozenset[int], list[Finding]]]
"""Takes whole answers; which of them agree with most, and what is to be said of each. Never raises."""


class Purse(Protocol):
    """What budgets let one request spend."""

    async def hold(self, candidate: Candidate) -> Hold | Shortage:
        """Sets aside the most that a call of `candidate` can cost, or nothing at all. Waits only where money
        has to be asked for elsewhere."""
        ...


@value
class Job:
    """One decided request. `check` is None when the rule verifies nothing, `slow_check` when nothing else is
    to be known before the reply; `input_tokens` is the classifier's estimate; `headers` go to every
    upstream, `clearance` says where it may go. `samples`: answers of the first candidate that are
    bought at once; `agree` compares them where nothing can check them. `held`: the caller wants a stream, and
    the rule wants all of it checked before any of it goes out; `keep`: the answer will be looked at when it
    has gone out. `purse`: what pays for its attempts; None: no budget counts them."""

    payload: dict[str, Any]
    decision: Decision
    include_usage: bool
    input_tokens: int
    check: Check | None
    headers: Mapping[str, str]
    clearance: Clearance
    slow_check: SlowCheck | None = None
    samples: int = 1
    agree: Agree | None = None
    held: bool = False
    keep: bool = False
    purse: Purse | None = None


@dataclass(slots=True)
class Answer:
    """What the caller gets. `body` is empty when it was streamed, the stream's events when it was held;
    `status` is 200, or 4xx when the upstream
    found fault with the request itself. `broken` says why a stream ended early; `rejected` counts answers
    of earlier candidates that a check turned down. `n` is its attempt, `completion` all of it where the rule
    verifies or judges."""

    candidate: Candidate
    status: int
    body: bytes
    notes: list[str] = field(default_factory=list)
    finding: Finding | None = None
    broken: str | None = None
    rejected: int = 0
    n: int = 0
    completion: Mapping[str, Any] | None = None


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
