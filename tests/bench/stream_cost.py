"""`python -m tests.bench.stream_cost`: CPU time that one chunk of a stream costs the gateway.

An upstream sends one chunk every 10 ms on each of several streams, as a model that is decoding does; the
gateway's CPU time comes from the kernel, so a busy machine does not change the figure much.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import orjson

from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway

STREAMS = 16
CHUNKS = 500
GAP = 0.01
ROUNDS = 3
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
RULES = [{"name": "default", "objective": "cheapest", "quality_target": 0.7, "verify": "after_reply"}]


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + orjson.dumps(chunk) + b"\n\n"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
    writer.write(_HEAD)
    for number in range(CHUNKS):
        writer.write(_event({"content": f"word{number} "}))
        await writer.drain()
        await asyncio.sleep(GAP)
    usage = {"prompt_tokens": 10, "completion_tokens": CHUNKS, "total_tokens": CHUNKS + 10}
    end = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [],
        "usage": usage,
    }
    writer.write(_event({}, "stop") + b"data: " + orjson.dumps(end) + b"\n\ndata: [DONE]\n\n")
    await writer.drain()
    writer.close()


async def _ask(gateway: Gateway) -> int:
    """All streams at once; the chunks that carried words."""
    async with gateway.async_client(timeout=120.0) as client:

        async def one() -> int:
            chunks = await client.chat.completions.create(model="auto", messages=user(), stream=True)
            return len([1 async for chunk in chunks if chunk.choices and chunk.choices[0].delta.content])

        return sum(await asyncio.gather(*(one() for _ in range(STREAMS))))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Prints microseconds of CPU a chunk, each round."""
    with tempfile.TemporaryDirectory() as folder, Background() as background:

        async def listen() -> asyncio.Server:
            return await asyncio.start_server(_serve, "127.0.0.1", 0)

        server = background.run(listen())
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        policy = write_folder(Path(folder) / "policies", [TestModel("m", "frontier", url, "m")], RULES)
        with running_gateway(Path(folder), policy) as gateway:
            asyncio.run(_ask(gateway))  # the first streams pay for what is loaded late
            for _ in range(ROUNDS):
                before = _cpu_seconds(gateway.pid)
                chunks = asyncio.run(_ask(gateway))
                assert chunks == STREAMS * CHUNKS, f"{chunks} chunks arrived"
                print(f"{(_cpu_seconds(gateway.pid) - before) / chunks * 1e6:6.0f} us a chunk", flush=True)


if __name__ == "__main__":
    main()
