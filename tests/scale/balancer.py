"""A TCP load balancer as a Kubernetes Service is one: it knows readiness, and repeats no request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

_LOOK_EVERY = 0.1
_CHUNK = 65_536


class Balancer:
    """New connections go to the ready backends in turn; a connection stays where it is. Without a ready one,
    and when a ready one does not accept, the client's connection is closed."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self.ready: list[int] = []
        self._turn = 0
        self.port = 0
        self.served: dict[int, int] = dict.fromkeys(ports, 0)

    async def watch(self) -> None:
        """Asks every backend's `/readyz` again and again."""
        while True:
            answers = await asyncio.gather(*map(_is_ready, self._ports))
            self.ready = [port for port, ready in zip(self._ports, answers, strict=True) if ready]
            await asyncio.sleep(_LOOK_EVERY)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection."""
        if not self.ready:
            writer.close()
            return
        self._turn += 1
        port = self.ready[self._turn % len(self.ready)]
        self.served[port] += 1
        try:
            there = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pipe(reader, there[1]), _pipe(there[0], writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /readyz HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n")
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()


@asynccontextmanager
async def balanced(ports: Sequence[int]) -> AsyncIterator[Balancer]:
    """A balancer in front of these ports on 127.0.0.1."""
    balancer = Balancer(ports)
    server = await asyncio.start_server(balancer.serve, "127.0.0.1", 0)
    balancer.port = server.sockets[0].getsockname()[1]
    watching = asyncio.create_task(balancer.watch())
    try:
        yield balancer
    finally:
        watching.cancel()
        server.close()
