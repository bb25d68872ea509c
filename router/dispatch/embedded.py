"""The adapter for models inside this process: lanes, lazy loading, deadlines. The engine is a parameter.

Why: llama.cpp and transformers differ in how they generate and in nothing else. What must hold for both:
the event loop never computes, queues are bounded, and a request nobody waits for stops computing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from router.dispatch.deadlines import Deadlines
from router.dispatch.generation_reply import GenerationReply
from router.dispatch.loading import loaded
from router.dispatch.model_path import ModelMissing
from router.dispatch.port import BrokenReply, ConnectFailed, UpstreamCall, UpstreamReply
from router.dispatch.replies import Refused
from router.dispatch.workers import Generation, Lane
from router.domain.catalog import Endpoint

DEFAULT_WAITING = 8
"""Requests in line per endpoint beyond those running. With seconds per answer, a longer line would only
turn a quick refusal, which fails over, into a late timeout, which does not."""


class Engine(Protocol):
    """A loaded model. Its methods block: they run in worker threads, `generate` in several at once."""

    def generate(self, payload: Mapping[str, Any], generation: Generation) -> None:
        """Emits `chat.completion.chunk` objects, the last one with `usage` and no choices.

        Returns as soon as `emit` says stop. Raises Refused before the first chunk for a request it cannot
        serve, BrokenReply when it fails later.
        """
        ...

    def close(self) -> None: ...


Loader = Callable[[Endpoint], Engine]
"""Loads an endpoint's model; blocks. Raises ModelMissing, or ImportError without the engine's package."""

Fetched = Callable[[Endpoint], int | None]
"""Bytes of an endpoint's model on this machine so far; None: it is not fetched from anywhere."""


class _Deployment:
    """One endpoint's engine, loaded once on first use, and its lane."""

    def __init__(self, endpoint: Endpoint, load: Loader, fetched: Fetched, waiting: int) -> None:
        self.endpoint = endpoint
        self.lane = Lane(endpoint.id, running=endpoint.max_concurrency, waiting=waiting)
        self._load = load
        self._fetched = fetched
        self._loading: asyncio.Task[Engine] | None = None

    def serves(self, endpoint: Endpoint) -> bool:
        """Whether a changed catalog entry is still this deployment."""
        mine = self.endpoint
        return (mine.target, mine.context, mine.max_concurrency, mine.quantisation) == (
            endpoint.target,
            endpoint.context,
            endpoint.max_concurrency,
            endpoint.quantisation,
        )

    async def engine(self) -> Engine:
        """Loads on first use; a failed load is tried again by the next call. Raises ConnectFailed."""
        if self._loading is None or _failed(self._loading):
            self._loading = asyncio.create_task(loaded(self.endpoint, self._load, self._fetched))
        try:
            return await asyncio.shield(self._loading)
        except (ModelMissing, ImportError, OSError, RuntimeError, ValueError) as error:
            raise ConnectFailed(f"endpoint {self.endpoint.id} cannot be loaded: {error}") from error

    async def retire(self) -> None:
        """Lets what runs end, then unloads: for an endpoint that the catalog changed."""
        await self.lane.drain()
        await self._unload()

    async def aclose(self) -> None:
        """Cancels what runs and unloads."""
        await self.lane.aclose()
        await self._unload()

    async def _unload(self) -> None:
        if self._loading is None:
            return
        (engine,) = await asyncio.gather(self._loading, return_exceptions=True)
        if not isinstance(engine, BaseException):
            await asyncio.to_thread(engine.close)


def _failed(task: asyncio.Task[Engine]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


class EmbeddedUpstream:
    """An `Upstream` whose models run in this process, one deployment per endpoint id."""

    def __init__(
        self, load: Loader, *, waiting: int = DEFAULT_WAITING, fetched: Fetched = lambda _: None
    ) -> None:
        self._load = load
        self._fetched = fetched
        self._waiting = waiting
        self._deployments: dict[str, _Deployment] = {}
        self._retiring: dict[_Deployment, asyncio.Task[None]] = {}

    async def warm(self, endpoint: Endpoint) -> None:
        """Loads the endpoint's model now. Raises ConnectFailed."""
        await self._deployment(endpoint).engine()

    async def call(self, call: UpstreamCall) -> UpstreamReply:
        """Raises ConnectFailed, QueueFull, TimedOut, BrokenReply. A request the engine refuses is a reply."""
        deadlines = Deadlines(call.endpoint)
        deployment = self._deployment(call.endpoint)
        engine = await deadlines.first(deployment.engine(), reached=lambda: False)
        generation = deployment.lane.submit(lambda work: engine.generate(call.payload, work))
        try:
            chunk = await deadlines.first(generation.get(), reached=lambda: generation.started)
            if chunk is None:
                raise BrokenReply(f"endpoint {call.endpoint.id} gave no answer")
        except Refused as refused:
            return refused.reply()
        except BaseException:
            generation.cancel()
            raise
        return GenerationReply(generation, chunk, deadlines, call)

    async def aclose(self) -> None:
        """Stops every generation and unloads every model."""
        deployments = (*self._deployments.values(), *self._retiring)
        retirements = tuple(self._retiring.values())
        self._deployments.clear()
        await asyncio.gather(*(deployment.aclose() for deployment in deployments), *retirements)

    def _deployment(self, endpoint: Endpoint) -> _Deployment:
        found = self._deployments.get(endpoint.id)
        if found is not None and found.serves(endpoint):
            return found
        if found is not None:
            self._retire(found)
        fresh = _Deployment(endpoint, self._load, self._fetched, self._waiting)
        self._deployments[endpoint.id] = fresh
        return fresh

    def _retire(self, deployment: _Deployment) -> None:
        task = asyncio.create_task(deployment.retire())
        self._retiring[deployment] = task
        task.add_done_callback(lambda _: self._retiring.pop(deployment, None))
