"""What one request costs the gateway's own code, alone in a process: client and upstream cost nothing.

    python -m tests.bench.request_cost               byte codes a request, by file and function
    python -m tests.bench.request_cost --against DIR   CPU time beside another checkout, in turn

The whole gateway is there as it is served: keys, classifier, the shipped rules and prices, journal; only the
sockets, the server's parser and the shipper are not. Byte codes do not move with the machine's load, so a
change of half a percent shows; time does, so two checkouts take turns in one run and the least of many short
batches counts.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import uvloop

from router import app
from router.settings import Settings
from tests.bench import prompts, tiergate, upstream

AT_ONCE = 16
BATCH, BATCHES, WARM_UP = 192, 40, 768
COUNTED = 16
UPSTREAM = "http://127.0.0.1:9/v1"
BODY = upstream.REPLY.partition(b"\r\n\r\n")[2]


class Reply:
    """What the bench's upstream answers."""

    status = 200
    headers: Mapping[str, str] = {"content-type": "application/json"}

    async def read(self) -> bytes:
        return BODY

    async def close(self) -> None:
        pass


class Transport:
    """An upstream that answers in the next turn of the event loop."""

    def __init__(self, **_: Any) -> None:
        pass

    async def post(self, *_: Any) -> Reply:
        await asyncio.sleep(0)
        return Reply()

    async def aclose(self) -> None:
        pass


class Exchange:
    """A client's connection with its request read; keeps the answer."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.status = 0
        self.answer = b""

    def take_body(self) -> bytes:
        return self.body

    def reply(self, status: int, head: bytes, lines: int, body: bytes) -> bool:
        self.status, self.answer = status, body
        return True

    def watch(self, hung_up: Any) -> None:
        pass


class Bench:
    """A gateway in this process, ready to be asked."""

    def __init__(self, folder: Path) -> None:
        plan = tiergate.plan(UPSTREAM, 0, folder)
        os.environ.update(plan.env)
        app.Http1Transport = Transport  # type: ignore[assignment,misc]
        self.gateway = app.Gateway(Settings())  # type: ignore[call-arg]
        self.gateway._keys.load()
        self._headers = [
            (b"host", b"127.0.0.1:8080"),
            (b"authorization", plan.headers["authorization"].encode()),
            (b"content-type", b"application/json"),
            (b"content-length", b"2900"),
        ]
        self._text = prompts.body("auto", stream=False)
        self._number = 0

    def exchange(self) -> Exchange:
        self._number += 1
        return Exchange(prompts.numbered(self._text, self._number).encode())

    async def ask(self, exchange: Exchange) -> None:
        """One request from its parsed head to its answer. Raises SystemExit for a wrong one."""
        scope = {
            "type": "http",
            "path": "/v1/chat/completions",
            "method": "POST",
            "headers": self._headers,
            "extensions": {"tiergate.direct": exchange},
        }
        await self.gateway(scope, None, None)  # type: ignore[arg-type]  # nobody asks ASGI
        if exchange.status != 200 or exchange.answer != BODY:
            raise SystemExit(f"answered {exchange.status}: {exchange.answer[:300]!r}")

    async def batch(self, count: int, at_once: int) -> float:
        """Microseconds of CPU a request, the checks after the answers included."""
        waves = [[self.exchange() for _ in range(at_once)] for _ in range(count // at_once)]
        began = time.thread_time()
        for wave in waves:
            await asyncio.gather(*map(self.ask, wave))
        for _ in range(4):
            await asyncio.sleep(0)  # late checks
        return (time.thread_time() - began) / (at_once * len(waves)) * 1e6


class Count:
    """Byte codes by code object, between `start` and `stop`."""

    def __init__(self) -> None:
        self.found: Counter[tuple[str, str]] = Counter()

    def start(self) -> None:
        sys.settrace(self._enter)

    def stop(self) -> None:
        sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        key = (frame.f_code.co_filename, frame.f_code.co_qualname)

        def counted(frame: FrameType, event: str, arg: Any) -> Any:
            if event == "opcode":
                self.found[key] += 1
            return counted

        return counted


async def count(bench: Bench, shown: int) -> None:
    """Prints byte codes a request: in all, by file and by function."""
    await bench.batch(COUNTED, 1)
    counter = Count()
    root = str(Path(tiergate.__file__).parents[2]) + os.sep
    exchanges = [bench.exchange() for _ in range(COUNTED)]
    for exchange in exchanges:
        # A task of its own, as the server makes it: the frames that run already are not traced.
        task = asyncio.ensure_future(bench.ask(exchange))
        counter.start()
        await task
        for _ in range(3):
            await asyncio.sleep(0)
        counter.stop()
    here = {key: n / COUNTED for key, n in counter.found.items() if key[0] != __file__}
    print(f"{sum(here.values()):8.0f} byte codes a request")
    by_file: Counter[str] = Counter()
    for (file, _), n in here.items():
        by_file[file.removeprefix(root)] += n  # type: ignore[assignment]
    for name, n in by_file.most_common(shown):
        print(f"{n:8.0f}  {name}")
    print()
    for (file, name), n in sorted(here.items(), key=lambda found: -found[1])[:shown]:
        print(f"{n:8.0f}  {name}  {file.removeprefix(root)}")


async def serve(bench: Bench, at_once: int) -> None:
    """One batch for each line on standard input; its figure on standard output."""
    await bench.batch(WARM_UP, at_once)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)  # as `router/serve` does
    print("ready", flush=True)
    for _ in sys.stdin:
        print(await bench.batch(BATCH, at_once), flush=True)


def against(other: Path, at_once: int, batches: int) -> None:
    """This checkout and another one in turn, each in a process of its own."""
    roots = {"there": other.resolve(), "here": Path(tiergate.__file__).parents[2]}
    taken: dict[str, list[float]] = {name: [] for name in roots}
    arguments = [__file__, "--serve", "--at-once", str(at_once)]
    running = {
        name: subprocess.Popen(
            [sys.executable, "-P", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        for name, root in roots.items()
    }
    for process in running.values():
        assert process.stdin is not None and process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise SystemExit("a checkout could not be started")
    for _ in range(batches):
        for name, process in running.items():
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            taken[name].append(float(process.stdout.readline()))
    for process in running.values():
        process.communicate()
    for name, values in taken.items():
        print(f"{name:6} least {min(values):6.1f} us, median {statistics.median(values):6.1f} us a request")
    ratios = [new / old for new, old in zip(taken["here"], taken["there"], strict=True)]
    print(f"here / there, median of the pairs: {statistics.median(ratios):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", type=Path, help="root of another checkout")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="requests at once while time is taken")
    parser.add_argument("--batches", type=int, default=BATCHES)
    parser.add_argument("--shown", type=int, default=40, help="lines of either list")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.against is not None:
        against(given.against, given.at_once, given.batches)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        uvloop.run(serve(bench, given.at_once) if given.serve else count(bench, given.shown))


if __name__ == "__main__":
    main()
