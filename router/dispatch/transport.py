"""The transport port: how the openai_compatible adapter sends bytes to an upstream and gets bytes back.

Why: the adapter must not know which HTTP client is underneath, and the attempt loop must know, for every
failure, whether the upstream may have seen the request (and so may bill it). Nothing here reads JSON, knows
about models or retries: an exchange is tried once, and what to do next is the attempt loop's decision.
These failures are internal; the error tree for clients is `router.errors`.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Phase = Literal["connect", "first_byte", "between_chunks", "total"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits of one exchange, in seconds.

    connect_s: waiting for a free connection slot, name lookup, TCP and TLS together.
    first_byte_s: from the request handed to the connection until the reply's header is complete.
    between_chunks_s: longest silence once the header is there.
    total_s: the whole exchange, counted from the call.
    """

    connect_s: float
    first_byte_s: float
    between_chunks_s: float
    total_s: float


class TransportError(Exception):
    """An exchange that did not end in a whole reply.

    may_have_arrived: False only if the upstream certainly never got a complete request, so that sending it
    again, elsewhere or there, cannot be billed twice.

        TransportError
          ConnectFailed       no connection: name, refusal, TLS; certainly not sent
          TimedOut            a limit of `Timeouts` was reached; `phase` says which
          BrokenConnection    the connection ended or spoke no valid HTTP in the middle of the exchange
          TooLarge            the reply exceeds what the caller is ready to hold
    """

    may_have_arrived: bool = True


class ConnectFailed(TransportError):
    """No usable connection could be opened; nothing was sent."""

    may_have_arrived = False


class TimedOut(TransportError):
    """A limit was reached. In phase `connect` nothing was sent."""

    def __init__(self, phase: Phase, *, sent: bool) -> None:
        super().__init__(f"timed out: {phase}")
        self.phase: Phase = phase
        self.may_have_arrived = sent


class BrokenConnection(TransportError):
    """The upstream hung up or broke the protocol after the request was on its way."""


class TooLarge(TransportError):
    """The reply's header or body is over the limit; the exchange was aborted."""


class TransportReply(Protocol):
    """A reply whose header has arrived. Read it once, by `read` or by `chunks`, and always `close` it."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Lower-case names; a repeated name's values are joined by a comma and a space."""
        ...

    async def read(self) -> bytes:
        """The whole body. Raises TooLarge, TimedOut, BrokenConnection."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Pieces of the body as they arrive, not empty. Raises TimedOut, BrokenConnection."""
        ...

    async def close(self) -> None:
        """Abort the exchange if it is unfinished; the connection of a finished one is already pooled."""
        ...


class Transport(Protocol):
    """Sends one request over a pooled connection. Cancelling the awaiting task aborts the exchange."""

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts
    ) -> TransportReply:
        """Send `body`. Raises any TransportError; ValueError for a URL or header that cannot be sent."""
        ...

    async def get(self, url: str, headers: Mapping[str, str], timeouts: Timeouts) -> TransportReply:
        """As `post`, without a body: health probes and model lists."""
        ...

    async def aclose(self) -> None:
        """Close every connection, those in use included. Further calls raise ConnectFailed."""
        ...
