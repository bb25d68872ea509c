"""Concurrent traffic through aiohttp, and what each client really saw of its answer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.contract.chat import user
from tests.contract.gateway import Gateway


@dataclass(slots=True)
class Load:
    """`sent` are the names (x-request-id) of all requests, `answered` of those whose client saw the end of a
    200, `refused` the statuses of the others that were answered. Every other request is a stream."""

    gateway: Gateway
    body: dict[str, Any]
    sent: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    digests: set[str] = field(default_factory=set)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def worker(self, prefix: str) -> None:
        """Asks again and again until it is cancelled."""
        async with aiohttp.ClientSession() as session:
            while True:
                number = next(self._numbers)
                await self._ask(session, f"{prefix}-{number}", streaming=number % 2 == 0)

    async def _ask(self, session: aiohttp.ClientSession, name: str, *, streaming: bool) -> None:
        headers = {"authorization": f"Bearer {self.gateway.token}", "x-request-id": name}
        self.sent.append(name)
        url = f"{self.gateway.origin}/v1/chat/completions"
        try:
            async with session.post(url, json={**self.body, "stream": streaming}, headers=headers) as reply:
                digest = reply.headers.get("x-tiergate-policy-digest")
                text = await reply.text()
        except aiohttp.ClientError:
            self.broken.append(name)
            await asyncio.sleep(0.05)  # nobody is listening at the moment
            return
        if digest is not None:
            self.digests.add(digest)
        if reply.status != 200:
            self.refused[name] = reply.status
        elif not streaming or text.rstrip().endswith("data: [DONE]"):
            self.answered.append(name)
        else:
            self.broken.append(name)


@asynccontextmanager
async def under_load(gateway: Gateway, prefix: str, *, workers: int = 8, **body: Any) -> AsyncIterator[Load]:
    """Traffic while the context lasts. What is on its way then is finished."""
    load = Load(gateway, {"model": "auto", "messages": user(), **body})
    tasks = [asyncio.create_task(load.worker(prefix)) for _ in range(workers)]
    try:
        yield load
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until_async(ask: Any, seconds: float = 60.0) -> None:
    """As `until`, without blocking the load."""
    async with asyncio.timeout(seconds):
        while not ask():  # noqa: ASYNC110 - another process has no event to await
            await asyncio.sleep(0.01)
