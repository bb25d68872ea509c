"""The HTTP protocol of the sandbox: uvicorn's, plus a way for the application to reset its connection.

A server that dies resets connections; ASGI has no word for that, so the protocol hands the application a
function in the scope's extensions.
"""

from __future__ import annotations

import socket
import struct
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ABORT: Final = "sandbox.abort"
_LINGER_ZERO = struct.pack("ii", 1, 0)


class AbortableProtocol(HttpToolsProtocol):
    """Puts `abort()` under `scope["extensions"]["sandbox.abort"]`."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: self._abort}  # type: ignore[dict-item]  # a function, no dict

    def _abort(self) -> None:
        """Closes at once with a TCP reset; bytes not yet sent are lost."""
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.transport.abort()
