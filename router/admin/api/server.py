"""The admin API's server: a port of its own on the gateway's event loop; signals are the gateway's matter."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from router.admin.api.app import build_admin
from router.admin.api.context import Context
from router.admin.api.work import Work
from router.audit.log import AuditLog
from router.ingress.connection import GatewayProtocol
from router.record.engine import ledger_engine
from router.settings import Settings

_PATIENCE = 5
"""Seconds that open requests have when the gateway ends."""


class _Quiet(uvicorn.Server):
    """One that installs no signal handlers."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class AdminServer:
    """Serves on `listener` from `start` to `stop`, with database connections of its own."""

    def __init__(self, settings: Settings, audit: AuditLog, listener: socket.socket) -> None:
        self._work = Work()
        self._engine = ledger_engine(settings.ledger_url)
        config = uvicorn.Config(
            build_admin(Context(settings, self._engine, audit, self._work)),
            http=GatewayProtocol,
            ws="none",
            lifespan="off",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            log_config=None,
            timeout_graceful_shutdown=_PATIENCE,
        )
        self._server = _Quiet(config)
        self._listener = listener
        self._serving: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._serving = asyncio.create_task(self._server.serve([self._listener]), name="admin API")

    async def stop(self) -> None:
        """Once what is open has been answered, or the patience is over."""
        self._server.should_exit = True
        if self._serving is not None:
            await asyncio.wait((self._serving,))
        self._work.close()
        self._engine.dispose()
