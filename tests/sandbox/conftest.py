"""Official client and raw client against a sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import openai
import pytest

from router.sandbox.testing import RunningSandbox

MakeClient = Callable[[RunningSandbox], openai.AsyncOpenAI]
MakeHttp = Callable[[RunningSandbox], httpx.AsyncClient]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opened."""
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def official(stack: AsyncExitStack) -> MakeClient:
    """Makes official OpenAI clients without retries."""

    def make(sandbox: RunningSandbox) -> openai.AsyncOpenAI:
        client = openai.AsyncOpenAI(base_url=sandbox.base_url, api_key="any", max_retries=0, timeout=20)
        stack.push_async_callback(client.close)
        return client

    return make


@pytest.fixture
async def http(stack: AsyncExitStack) -> MakeHttp:
    """Makes plain HTTP clients rooted at the sandbox."""

    def make(sandbox: RunningSandbox) -> httpx.AsyncClient:
        client = httpx.AsyncClient(base_url=sandbox.origin, timeout=20, trust_env=False)
        stack.push_async_callback(client.aclose)
        return client

    return make
