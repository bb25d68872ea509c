"""The load generator of the bench: a closed loop of N keep-alive connections against one URL.

Why our own: it has to run on the same core as the upstream without being the bottleneck, check every answer,
and read the send stamps in streamed chunks; it must not import anything of the gateway.

Run as `python -m tests.bench.load` with one JSON object on stdin (fields of `Job`); prints one JSON object
(`Result`). Latencies are in microseconds.
"""

import asyncio
import json
import math
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import cast
from urllib.parse import urlsplit

import httptools
import uvloop

STAMP = re.compile(rb"<(\d{6,20})>")


@dataclass(frozen=True, slots=True)
class Job:
    """What to send and for how long; `headers` go out as given, `stream` selects SSE reading.

    `body` holds `number_at` once; each request has it replaced by its own number of the same width.
    """

    url: str
    headers: dict[str, str]
    body: str
    marker: str
    number_at: str
    concurrency: int
    seconds: float
    warmup_s: float = 0.5
    stream: bool = False
    stamps_per_stream: int = 50


@dataclass(slots=True)
class Result:
    """Counts and percentiles of one run; `wrong` counts answers with another status or body than expected."""

    answered: int = 0
    measured: int = 0
    wrong: int = 0
    seconds: float = 0.0
    per_second: float = 0.0
    p50_us: float = 0.0
    p99_us: float = 0.0
    max_us: float = 0.0
    first_wrong: str = ""
    ttft_p50_us: float = 0.0
    ttft_p99_us: float = 0.0
    chunk_p50_us: float = 0.0
    chunk_p99_us: float = 0.0
    chunks: int = 0


@dataclass(slots=True)
class Tally:
    """What the connections write into while running."""

    answered: int = 0
    wrong: int = 0
    first_wrong: str = ""
    latencies: list[float] = field(default_factory=list)
    first_tokens: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


class Connection(asyncio.Protocol):
    """Sends the request, reads the whole answer, checks it, sends the next until told to stop."""

    def __init__(
        self, job: Job, request: tuple[bytes, bytes], tally: Tally, times: tuple[float, float]
    ) -> None:
        self.job, self.tally = job, tally
        self.before, self.after = request
        self.measure_from, self.stop_at = times
        self.marker = job.marker.encode()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.pieces: list[bytes] = []
        self.first_at = 0.0
        self.tail = b""
        self.stamps = 0
        self.sent_at = time.perf_counter()
        self.transport.write(b"%b%08d%b" % (self.before, next(self.tally.numbers), self.after))

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._wrong(f"connection closed by the server: {exc!r}")
            self.done.set_result(None)

    def on_body(self, body: bytes) -> None:
        self.pieces.append(body)
        if self.job.stream:
            self._read_stamps(body)

    def _read_stamps(self, body: bytes) -> None:
        now_ns, text = time.monotonic_ns(), self.tail + body
        end = 0
        for match in STAMP.finditer(text):
            end = match.end()
            self.stamps += 1
            if not self.first_at:
                self.first_at = time.perf_counter()
            if self.sent_at >= self.measure_from:
                self.tally.delays.append((now_ns - int(match[1])) / 1e3)
        self.tail = text[max(end, len(text) - 24) :]

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self._check(b"".join(self.pieces))
        self.tally.answered += 1
        if self.measure_from <= now <= self.stop_at:
            self.tally.latencies.append((now - self.sent_at) * 1e6)
            if self.first_at:
                self.tally.first_tokens.append((self.first_at - self.sent_at) * 1e6)
        if now >= self.stop_at:
            self.done.set_result(None)
            self.transport.close()
        else:
            self._send()

    def _check(self, body: bytes) -> None:
        if self.parser.get_status_code() != 200 or self.marker not in body:
            self._wrong(f"{self.parser.get_status_code()} {body[:300]!r}")
        elif self.job.stream and self.stamps != self.job.stamps_per_stream:
            self._wrong(f"{self.stamps} stamps in {body[-300:]!r}")
        elif not self.job.stream and self.tally.answered % 97 == 0:
            content = json.loads(body)["choices"][0]["message"]["content"]
            if self.job.marker not in content:
                self._wrong(content)

    def _wrong(self, what: str) -> None:
        self.tally.wrong += 1
        self.tally.first_wrong = self.tally.first_wrong or what


def percentile(values: list[float], share: float) -> float:
    """Nearest-rank percentile; nan when nothing was measured."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def request_bytes(job: Job) -> tuple[bytes, bytes]:
    """Head and body, cut where the request's number goes."""
    parts, body = urlsplit(job.url), job.body.encode()
    lines = [f"POST {parts.path} HTTP/1.1", f"host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in job.headers.items()]
    lines += ["content-type: application/json", f"content-length: {len(body)}", "", ""]
    before, after = ("\r\n".join(lines).encode() + body).split(job.number_at.encode())
    return before, after


async def run(job: Job) -> Result:
    """Run one job to its end. A connection without an answer 30 s after the end counts as wrong."""
    parts, tally, loop = urlsplit(job.url), Tally(), asyncio.get_running_loop()
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    begin = time.perf_counter()
    times = (begin + job.warmup_s, begin + job.warmup_s + job.seconds)
    request = request_bytes(job)
    connections = []
    for _ in range(job.concurrency):
        _, connection = await loop.create_connection(
            lambda: Connection(job, request, tally, times), host, port
        )
        connections.append(connection)
    _, hanging = await asyncio.wait(
        [one.done for one in connections], timeout=job.warmup_s + job.seconds + 30
    )
    for _ in hanging:
        tally.wrong += 1
        tally.first_wrong = tally.first_wrong or "no answer within 30 s after the end"
    return summarise(job, tally)


def summarise(job: Job, tally: Tally) -> Result:
    return Result(
        answered=tally.answered,
        measured=len(tally.latencies),
        wrong=tally.wrong,
        seconds=job.seconds,
        per_second=len(tally.latencies) / job.seconds,
        p50_us=percentile(tally.latencies, 0.50),
        p99_us=percentile(tally.latencies, 0.99),
        max_us=percentile(tally.latencies, 1.0),
        first_wrong=tally.first_wrong,
        ttft_p50_us=percentile(tally.first_tokens, 0.50),
        ttft_p99_us=percentile(tally.first_tokens, 0.99),
        chunk_p50_us=percentile(tally.delays, 0.50),
        chunk_p99_us=percentile(tally.delays, 0.99),
        chunks=len(tally.delays),
    )


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(run(Job(**json.load(sys.stdin)))))))
