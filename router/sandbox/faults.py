"""What goes wrong, and when: faults asked for by a test, and faults that strike by rate.

A fault is written `name` or `name:number`. On demand it comes from the header `x-sandbox-fault`, from
`metadata.sandbox_fault`, from a marker `[[sandbox-fault: name]]` in the newest user turn, or from the queue
that the control route fills; in this order. Otherwise one strikes with the configured probability.

    429[:retry-after s]  500  503    an error response
    hang[:s]      accepts and says nothing, for ever or for s seconds, then resets the connection
    slow[:s]      the first byte comes s seconds later (default 5)
    drop          connection reset before any byte of the response
    reset[:n]     connection reset in mid-body, or after n stream events (default 3)
    malformed     a 200 whose body, or second stream event, is no JSON
    empty         a 200 with an empty answer
    no-usage      a 200 without the usage report
    loop          one sentence repeated until the output limit
"""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from router.sandbox.wire import ChatCall, WireError

NAMES: Final = frozenset(
    {"429", "500", "503", "hang", "slow", "drop", "reset", "malformed", "empty", "no-usage", "loop"}
)
_BY_RATE: Final = {"429": 6, "500": 3, "503": 4, "slow": 3, "drop": 1, "reset": 2, "hang": 1}
_MARKER = re.compile(r"\[\[sandbox-fault: *([a-z0-9.:-]+) *\]\]")
_SLOW_S: Final = 5.0
_HANG_BY_RATE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `number` is what followed the colon."""

    name: str
    number: float | None = None

    @property
    def text(self) -> str:
        """As it is written."""
        return self.name if self.number is None else f"{self.name}:{self.number:g}"


def parse_fault(text: str) -> Fault:
    """Raises WireError (400) for an unknown fault."""
    name, _, number = text.strip().partition(":")
    if name not in NAMES:
        raise WireError(400, f"Unknown sandbox fault '{name}'. Known: {', '.join(sorted(NAMES))}.")
    try:
        return Fault(name, float(number) if number else None)
    except ValueError:
        raise WireError(400, f"Sandbox fault '{text}': '{number}' is no number.") from None


@dataclass(slots=True)
class FaultPlan:
    """Decides per request. `rate` is a probability; times by rate are divided by `speed`."""

    rate: float
    speed: float
    rng: random.Random
    queue: deque[Fault] = field(default_factory=deque)

    def pick(self, call: ChatCall, headers: Mapping[str, str]) -> Fault | None:
        """The fault of this request, if any. Raises WireError when an unknown one was asked for."""
        asked = headers.get("x-sandbox-fault") or (call.metadata or {}).get("sandbox_fault") or _marker(call)
        if asked:
            return parse_fault(str(asked))
        if self.queue:
            return self.queue.popleft()
        if self.rng.random() >= self.rate:
            return None
        name = self.rng.choices(list(_BY_RATE), list(_BY_RATE.values()))[0]
        by_rate = {"slow": _SLOW_S / self.speed, "hang": _HANG_BY_RATE_S / self.speed}
        return Fault(name, by_rate.get(name))


def refuse(fault: Fault) -> WireError | None:
    """The error response of a fault that is one."""
    match fault.name:
        case "429":
            wait = 1.0 if fault.number is None else fault.number
            message = "Rate limit reached for this simulated model. Please try again later."
            return WireError(429, message, "rate_limit_error", code="rate_limit_exceeded", retry_after=wait)
        case "500":
            return WireError(
                500, "The simulated server had an error processing your request.", "server_error"
            )
        case "503":
            return WireError(503, "The simulated engine is currently overloaded.", "server_error")
        case _:
            return None


def _marker(call: ChatCall) -> str | None:
    newest = next((m for m in reversed(call.messages) if m.role == "user"), None)
    found = _MARKER.search(newest.text()) if newest else None
    return found.group(1) if found else None


def slow_s(fault: Fault) -> float:
    """Extra seconds before the first byte."""
    return (_SLOW_S if fault.number is None else fault.number) if fault.name == "slow" else 0.0
