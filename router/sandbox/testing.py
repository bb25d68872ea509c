"""`running_sandbox`: a sandbox inside a test's own event loop, on a free loopback port.

For tests only. Times are divided by a million, thinking is short and each stream event carries one token,
unless the test asks otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from router.sandbox.connection import AbortableProtocol
from router.sandbox.options import Options
from router.sandbox.profiles import ProfileName
from router.sandbox.prompts import Prompt
from router.sandbox.record import Record
from router.sandbox.server import Sandbox

_QUICK: dict[str, Any] = {"speed": 1e6, "event_gap_s": 0.0, "thinking_scale": 0.1}


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that is being served. `base_url` ends in /v1, as OpenAI clients expect it.

    `record` holds what it has seen; `origin` is scheme, host and port.
    """

    origin: str
    sandbox: Sandbox

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    @property
    def record(self) -> Record:
        return self.sandbox.record

    @property
    def model(self) -> str:
        """The name it serves its model under."""
        return self.sandbox.options.models[0]


@asynccontextmanager
async def running_sandbox(
    profile: ProfileName, *, prompts: Iterable[Prompt] | None = None, port: int = 0, **options: Any
) -> AsyncIterator[RunningSandbox]:
    """Serves a sandbox while the context lasts; leaving it resets open connections.

    `options` are those of `Options.of`. The socket listens before the context is entered.
    """
    sandbox = Sandbox(Options.of(profile, **{**_QUICK, **options}), prompts)
    config = uvicorn.Config(sandbox, lifespan="off", ws="none", log_level="critical", access_log=False)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: AbortableProtocol(config=config, server_state=state, app_state={}, _loop=loop),
        "127.0.0.1",
        port,
    )
    host, bound = server.sockets[0].getsockname()[:2]
    try:
        yield RunningSandbox(f"http://{host}:{bound}", sandbox)
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        tasks = list(state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
