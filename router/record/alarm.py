"""What can wake the shipper early: the end of its stdin, or SIGTERM. Must not do any work of its own."""

from __future__ import annotations

import os
import select
import signal


class Alarm:
    """Watches `fd` (a pipe whose other end the gateway holds) and SIGTERM; SIGINT is the gateway's affair."""

    def __init__(self, fd: int) -> None:
        self.stopping = False
        self._fd = fd
        self._wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def first_line(self) -> bytes:
        """The first line of the pipe; empty when it ended before."""
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(self._fd, 1)
            if not piece:
                return b""
            line += piece
        return line

    def wait(self, seconds: float) -> None:
        """Sleeps, at most until it is time to stop."""
        ready, _, _ = select.select([self._fd, self._wake_read], [], [], seconds)
        if self._wake_read in ready:
            os.read(self._wake_read, 64)
        if self._fd in ready and not os.read(self._fd, 4096):
            self.stopping = True

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.stopping = True
