"""The adapters by wire, made once for a gateway: who calls which kind of endpoint."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

from router.dispatch.hosted import HostedUpstream
from router.dispatch.llama_cpp import LlamaCppUpstream
from router.dispatch.openai_compatible import OpenAICompatibleUpstream
from router.dispatch.port import Upstream, UpstreamFailure
from router.dispatch.transformers_upstream import TransformersUpstream
from router.dispatch.transport import Transport
from router.domain.catalog import Catalog, Endpoint
from router.domain.kinds import Wire

log = logging.getLogger(__name__)
_EMBEDDED_WAITING = 4
"""Requests waiting for a model in this process; the next one goes to the next candidate."""


class Warmable(Upstream, Protocol):
    """An adapter with something slow to load: a model, or a package."""

    async def warm(self, endpoint: Endpoint) -> None:
        """Raises UpstreamFailure."""
        ...


class Upstreams:
    """`by_wire` has every adapter; `transport` is whoever opens connections, and stays the caller's."""

    def __init__(self, transport: Transport) -> None:
        self._warmable: Mapping[Wire, Warmable] = {
            Wire.HOSTED: HostedUpstream(),
            Wire.LLAMA_CPP: LlamaCppUpstream(waiting=_EMBEDDED_WAITING),
            Wire.TRANSFORMERS: TransformersUpstream(waiting=_EMBEDDED_WAITING),
        }
        self.openai = OpenAICompatibleUpstream(transport)
        self.by_wire: Mapping[Wire, Upstream] = {Wire.OPENAI: self.openai, **self._warmable}

    async def warm(self, catalog: Catalog) -> None:
        """Loads what is slow to load before the first request needs it; what cannot be loaded is logged."""
        for model in catalog.models.values():
            for endpoint in model.endpoints:
                upstream = self._warmable.get(endpoint.wire)
                if upstream is not None:
                    await _warmed(upstream, endpoint)

    async def aclose(self) -> None:
        """Ends every call and unloads every model."""
        for upstream in self.by_wire.values():
            await upstream.aclose()


async def _warmed(upstream: Warmable, endpoint: Endpoint) -> None:
    try:
        await upstream.warm(endpoint)
    except UpstreamFailure as failure:
        log.warning("endpoint %s cannot be warmed up: %s", endpoint.id, failure.message)
