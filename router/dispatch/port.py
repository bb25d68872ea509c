"""What the attempt loop asks of an adapter, and how an adapter fails.

Every adapter speaks OpenAI's chat-completions bytes: a JSON body, or server-sent events. What the
upstream answers, errors included, is a reply; a failure is the absence of a usable answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from router.domain.catalog import Endpoint
from router.domain.clearance import Clearance
from router.domain.value import value


class UpstreamFailure(Exception):
    """No usable answer. `reached`: the upstream may have started work, so it may bill."""

    reached = True

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConnectFailed(UpstreamFailure):
    """The request was certainly not delivered."""

    reached = False


class QueueFull(UpstreamFailure):
    """The adapter's bounded queue refused the call: nothing was started."""

    reached = False


class NotCleared(UpstreamFailure):
    """The request's content may not go to the endpoint: nothing was sent."""

    reached = False


class TimedOut(UpstreamFailure):
    """A phase took longer than the endpoint allows; `phase` says which."""

    def __init__(self, phase: str, seconds: float) -> None:
        super().__init__(f"timed out after {seconds:g} s: {phase}")
        self.phase = phase


class BrokenReply(UpstreamFailure):
    """The connection ended early, or the reply is not HTTP, not JSON, or too large."""


@value
class UpstreamCall:
    """One attempt: the endpoint and the OpenAI chat body to send, `model` already the upstream's name.

    `payload` is JSON as parsed from the wire: unknown fields pass through untouched. Every adapter takes its
    requests as one of these, so that nothing reaches a model without the clearance of its content.
    """

    endpoint: Endpoint
    payload: Mapping[str, Any]
    stream: bool
    headers: Mapping[str, str]
    clearance: Clearance

    def __post_init__(self) -> None:
        """Raises NotCleared. Deciding has removed such endpoints already; this is the wall behind it."""
        if not self.clearance.admits(self.endpoint.residency):
            data_class, places = self.clearance.data_class, self.clearance.told()
            raise NotCleared(f"{data_class} data may go to {places}, not to {self.endpoint.residency}")


class UpstreamReply(Protocol):
    """An answer that has begun. `headers` have lower-case names."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    async def read(self) -> bytes:
        """The whole body. Raises UpstreamFailure."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises UpstreamFailure while iterating."""
        ...

    async def close(self) -> None:
        """Ends the exchange: cancels the upstream's work if it is unfinished. Never raises."""
        ...


class Upstream(Protocol):
    """One adapter. Cancelling the awaiting task must stop the upstream's work."""

    async def call(self, call: UpstreamCall) -> UpstreamReply:
        """Sends and waits for the reply to begin. Raises UpstreamFailure."""
        ...

    async def aclose(self) -> None: ...
