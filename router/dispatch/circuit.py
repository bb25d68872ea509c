"""One endpoint's circuit breaker. Pure: time is passed in, in seconds.

Closed: calls pass. After `threshold` failures in a row it opens: nothing passes for a pause that doubles
with every failed probe, up to a minute. Then one call passes as a probe; its success closes the circuit.
Must not be asked by anything but its gate; what it says orders candidates but never removes one.
"""

from __future__ import annotations

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 60.0
THRESHOLD = 5


class Circuit:
    """State of one endpoint."""

    def __init__(self) -> None:
        self._failures = 0
        self._open_until: float | None = None
        self._pause = FIRST_PAUSE
        self._probing = False

    @property
    def closed(self) -> bool:
        """Whether calls pass at any time, as they nearly always do."""
        return self._open_until is None

    def is_open(self, now: float) -> bool:
        """Whether calls are being held back: open, or half-open with its probe on the way."""
        return self._open_until is not None and (now < self._open_until or self._probing)

    def wait(self, now: float) -> float:
        """Seconds until an open circuit is worth another try."""
        return FIRST_PAUSE if self._open_until is None else max(self._open_until - now, 1.0)

    def start(self, now: float) -> bool:
        """One call may pass, as the probe if the pause of an open circuit is over; False: it may not."""
        if self.is_open(now):
            return False
        self._probing = self._open_until is not None
        return True

    def succeeded(self) -> bool:
        """The call ended and the endpoint works; whether it did not before."""
        was_open = self._open_until is not None
        self._failures = 0
        self._open_until = None
        self._pause = FIRST_PAUSE
        self._probing = False
        return was_open

    def failed(self, now: float) -> None:
        """The call ended by the endpoint's fault."""
        self._failures += 1
        if self._probing:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._probing = False
            self._open_until = now + self._pause
        elif self._failures >= THRESHOLD and self._open_until is None:
            self._open_until = now + self._pause

    def ended(self) -> None:
        """The call ended for a reason that says nothing of the endpoint, such as a client hanging up."""
        self._probing = False
