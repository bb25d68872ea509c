"""Whether a server really writes: a completion of one token, tried where nothing else shows it.

Only the catalog's own hardware is asked (the price book has its GPU-hours, so that what the probe takes is in
the hour's bill, among work that no request caused); `policy/compile_gpu` refuses any other.
"""

from __future__ import annotations

import asyncio

import orjson

from router.dispatch.port import Upstream, UpstreamCall, UpstreamFailure
from router.domain.catalog import Endpoint

_MOST_SECONDS = 30.0
_OK = 200


class Probe:
    """Asks through the adapter that requests go through, so that what works for one works for the other."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def fails(self, endpoint: Endpoint) -> str | None:
        """What went wrong; None: it wrote a token."""
        payload = {
            "model": endpoint.upstream_model,
            "messages": [{"role": "user", "content": "Say yes."}],
            "max_tokens": 1,
        }
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                reply = await self._upstream.call(UpstreamCall(endpoint, payload, False, {}))
                try:
                    body = await reply.read()
                finally:
                    await reply.close()
        except UpstreamFailure as failure:
            return f"a completion was tried: {failure.message}"
        except TimeoutError:
            return f"a completion was tried: nothing within {_MOST_SECONDS:g} s"
        if reply.status != _OK:
            return f"a completion was tried: HTTP {reply.status}"
        return None if _wrote(body) else "a completion was tried: the answer is none"


def _wrote(body: bytes) -> bool:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and bool(said.get("choices"))
