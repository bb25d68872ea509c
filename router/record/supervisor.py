"""Keeps this gateway's shipper process alive and relays what it says. Must not do ledger work itself."""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress

import orjson

from router.record.protocol import ShipperConfig, ShipperStatus

log = logging.getLogger(__name__)

_BACKOFF_SECONDS = (0.2, 10.0)
_HEALTHY_SECONDS = 30.0
"""A shipper that lived this long had no trouble starting: the next restart is quick again."""


class ShipperProcess:
    """One `python -m router.record.shipper`, restarted with backoff whenever it dies.

    `on_status` is called on the event loop for every status line. `status` is the latest; None before
    the first one, and after a death until the next shipper speaks.
    """

    def __init__(
        self, config: ShipperConfig, on_status: Callable[[ShipperStatus], None] | None = None
    ) -> None:
        self._config = config
        self._on_status = on_status
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._told_to_stop = asyncio.Event()
        self.status: ShipperStatus | None = None
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The running shipper, None while there is none."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Starts the process and the task that keeps it. Raises OSError if it cannot be started."""
        self._process = await self._spawn()
        self._keeper = asyncio.create_task(self._keep(self._process), name="shipper")

    async def stop(self, timeout: float) -> bool:  # noqa: ASYNC109 - the process outlives the wait
        """Tells the shipper to put everything away and waits for it. Close the journal first.

        False when it did not manage within `timeout` seconds or the database is away: the rest stays
        in the journal, and the next shipper on this folder puts it away.
        """
        if self._keeper is None or self._process is None:
            return True
        self._told_to_stop.set()
        self._close_stdin(self._process)
        done, _ = await asyncio.wait({self._keeper}, timeout=timeout)
        if not done:
            log.warning("ledger: the shipper did not finish in %.1f s, its journal stays", timeout)
            with suppress(ProcessLookupError):
                self._process.kill()
        await asyncio.wait({self._keeper})
        return bool(done) and self._process.returncode == 0

    async def _keep(self, process: Process) -> None:
        first, last = _BACKOFF_SECONDS
        backoff = first
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            await self._listen(process)
            code = await process.wait()
            if self._told_to_stop.is_set():
                return
            self.status = None
            backoff = first if loop.time() - started > _HEALTHY_SECONDS else backoff
            log.error("ledger: the shipper ended with %s, starting it again in %.1f s", code, backoff)
            with suppress(TimeoutError):  # told to stop meanwhile: one more at once, to drain
                await asyncio.wait_for(self._told_to_stop.wait(), backoff)
            backoff = min(backoff * 2, last)
            self.restarts += 1
            process = self._process = await self._respawn(backoff)
            if self._told_to_stop.is_set():
                self._close_stdin(process)

    async def _respawn(self, pause: float) -> Process:
        """A machine short of processes or memory must not end the keeping."""
        while True:
            try:
                return await self._spawn()
            except OSError as error:
                log.error("ledger: the shipper cannot be started, trying on: %s", error)
                await asyncio.sleep(pause)

    async def _spawn(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "router.record.shipper",
            stdin=PIPE,
            stdout=PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(self._config.encode())
        return process

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            try:
                self.status = ShipperStatus.decode(line)
            except (orjson.JSONDecodeError, TypeError):
                log.warning("ledger: the shipper said something strange: %r", line[:200])
                continue
            if self._on_status is not None:
                self._on_status(self.status)

    @staticmethod
    def _close_stdin(process: Process) -> None:
        if process.stdin is not None:
            process.stdin.close()
