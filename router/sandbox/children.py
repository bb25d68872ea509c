"""Child processes of the demo: started with a log file, waited for until they answer, stopped cleanly.

It knows nothing of gateways or models. Each child gets a session of its own, so that Ctrl-C reaches the
demo alone, which then stops its children in order.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import httpx

_TAIL_LINES: Final = 15
_TAIL_BYTES: Final = 16_384
_POLL_S: Final = 0.1
_GRACE_S: Final = 25.0
"""Longer than the gateway's own drain time, so that no open request is cut."""


class ChildFailed(Exception):
    """A child ended, or did not answer in time. The message holds its last log lines."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running child process."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def ready(self, client: httpx.AsyncClient, url: str, timeout_s: float) -> None:
        """Returns once `url` answers 200. Raises ChildFailed when the process ends or time is up."""
        try:
            async with asyncio.timeout(timeout_s):
                while not await _answers(client, url):
                    if self.process.returncode is not None:
                        raise ChildFailed(self._report(f"ended with status {self.process.returncode}"))
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise ChildFailed(self._report(f"did not answer {url} within {timeout_s:g} s")) from None

    async def ended(self) -> str:
        """Waits for its end and says how it was."""
        status = await self.process.wait()
        return self._report(f"ended with status {status}")

    async def stop(self) -> None:
        """SIGTERM, then up to 25 seconds, then SIGKILL."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(_GRACE_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def _report(self, what: str) -> str:
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()[-_TAIL_LINES:]
        tail = "\n".join(f"    {line}" for line in lines) or "    (nothing)"
        return f"{self.name} {what}. The last lines of {self.log}:\n{tail}"


@asynccontextmanager
async def running_child(
    name: str, command: Sequence[str], env: Mapping[str, str], log_folder: Path
) -> AsyncIterator[Child]:
    """Starts a process, its output in `log_folder`/`name`.log; leaving the context stops it."""
    log = log_folder / f"{name}.log"
    with await asyncio.to_thread(_create, log) as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    child = Child(name, process, log)
    try:
        yield child
    finally:
        await child.stop()


def _create(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("wb")


def free_port(preferred: int) -> int:
    """`preferred` if nothing listens there on loopback, else a free port."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on loopback")


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.TransportError:
        return False
