"""The adapter for OpenAI-compatible HTTP servers: vLLM, OpenAI itself, Together, Fireworks, llama.cpp.

Bytes pass through: only the request body is serialised, the reply is handed on as it comes. Upstream URLs
and keys come from the catalog alone, never from a request.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

import orjson

from router.dispatch import port, transport
from router.dispatch.transport import Timeouts, Transport, TransportReply
from router.domain.catalog import Endpoint


@dataclass(frozen=True, slots=True)
class _Prepared:
    endpoint: Endpoint
    url: str
    headers: dict[str, str]
    streamed: Timeouts
    whole: Timeouts
    """Of calls that are not streamed: upstreams send even the header only once the answer is complete."""

    @classmethod
    def of(cls, endpoint: Endpoint) -> _Prepared:
        # Identity: bytes are passed on, so there must be nothing to decompress.
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        if endpoint.api_key is not None:
            headers["authorization"] = f"Bearer {endpoint.api_key}"
        streamed = Timeouts(
            endpoint.connect_timeout,
            endpoint.first_byte_timeout,
            endpoint.between_chunks_timeout,
            endpoint.total_timeout,
        )
        whole = replace(streamed, first_byte_s=endpoint.total_timeout)
        return cls(endpoint, f"{endpoint.target.rstrip('/')}/chat/completions", headers, streamed, whole)


class OpenAICompatibleUpstream:
    """Speaks `POST <target>/chat/completions` over a Transport."""

    def __init__(self, http: Transport) -> None:
        self._http = http
        self._prepared: dict[str, _Prepared] = {}

    async def call(self, call: port.UpstreamCall) -> port.UpstreamReply:
        """See the port."""
        to = self._prepare(call.endpoint)
        headers = {**to.headers, **call.headers} if call.headers else to.headers
        timeouts = to.streamed if call.stream else to.whole
        try:
            reply = await self._http.post(to.url, headers, orjson.dumps(call.payload), timeouts)
        except transport.TransportError as error:
            raise _failure(error, timeouts) from error
        return _Reply(reply, timeouts)

    async def aclose(self) -> None:
        await self._http.aclose()

    def _prepare(self, endpoint: Endpoint) -> _Prepared:
        """What never changes between two calls of an endpoint; made anew after a reload."""
        prepared = self._prepared.get(endpoint.id)
        if prepared is None or prepared.endpoint is not endpoint:
            prepared = self._prepared[endpoint.id] = _Prepared.of(endpoint)
        return prepared


class _Reply:
    """A transport's reply with the port's failures."""

    __slots__ = ("_reply", "_timeouts")

    def __init__(self, reply: TransportReply, timeouts: Timeouts) -> None:
        self._reply = reply
        self._timeouts = timeouts

    @property
    def status(self) -> int:
        return self._reply.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._reply.headers

    async def read(self) -> bytes:
        try:
            return await self._reply.read()
        except transport.TransportError as error:
            raise _failure(error, self._timeouts) from error

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._reply.chunks():
                yield chunk
        except transport.TransportError as error:
            raise _failure(error, self._timeouts) from error

    async def close(self) -> None:
        await self._reply.close()


def _failure(error: transport.TransportError, timeouts: Timeouts) -> port.UpstreamFailure:
    if isinstance(error, transport.TimedOut):
        seconds = {
            "connect": timeouts.connect_s,
            "first_byte": timeouts.first_byte_s,
            "between_chunks": timeouts.between_chunks_s,
            "total": timeouts.total_s,
        }[error.phase]
        failure = port.TimedOut(error.phase, seconds)
        failure.reached = error.may_have_arrived
        return failure
    if not error.may_have_arrived:
        return port.ConnectFailed(str(error))
    return port.BrokenReply(str(error))
