"""vLLM's token counters: read from `/metrics`, kept as samples, and the tokens of an hour between them.

Counters start at 0 when a server does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import httpx
from sqlalchemy import Connection, insert, select

from router.domain.gpu import HOUR_US
from router.fleet.page import read_page
from router.record.tables import gpu_samples

_TIMEOUT_S = 10.0
_NEAR_US = HOUR_US
"""A boundary of an hour is known when samples lie at most this far on both sides of it."""


class NoCounters(Exception):
    """The page cannot be read, or is not vLLM's; the message says which."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The counters of one endpoint at a moment, Unix microseconds; `cached_tokens` are part of the
    prompts."""

    endpoint: str
    taken_us: int
    prompt_tokens: int
    cached_tokens: int
    generation_tokens: int


def scrape(endpoint: str, url: str, now_us: int) -> Sample:
    """The counters at `url` now, summed over the server's engines. Raises NoCounters."""
    try:
        page = httpx.get(url, timeout=_TIMEOUT_S)
        page.raise_for_status()
        return parse(endpoint, page.text, now_us)
    except (httpx.HTTPError, ValueError) as error:
        raise NoCounters(f"{url}: {error}") from error


def parse(endpoint: str, page: str, now_us: int) -> Sample:
    """The counters of a page. Raises ValueError when they are not in it."""
    found = read_page(page)
    if found.prompt_tokens is None or found.generation_tokens is None:
        raise ValueError("no counters vllm:prompt_tokens_total and vllm:generation_tokens_total")
    cached = min(found.cached_tokens or 0, found.prompt_tokens)
    return Sample(endpoint, now_us, found.prompt_tokens, cached, found.generation_tokens)


def keep(connection: Connection, sample: Sample) -> None:
    connection.execute(insert(gpu_samples).values(asdict(sample)))


def around(connection: Connection, endpoint: str, first_us: int, end_us: int) -> list[Sample]:
    """The samples that tell of [first, end), oldest first."""
    s = gpu_samples.c
    query = (
        select(s.endpoint, s.taken_us, s.prompt_tokens, s.cached_tokens, s.generation_tokens)
        .where(s.endpoint == endpoint, s.taken_us >= first_us - _NEAR_US, s.taken_us <= end_us + _NEAR_US)
        .order_by(s.taken_us)
    )
    return [Sample(*row) for row in connection.execute(query)]


def tokens_of(samples: Sequence[Sample], first_us: int, end_us: int) -> tuple[int, int] | None:
    """Uncached prompt tokens and generated tokens in [first, end), linear between samples; None: there are
    none near both ends."""
    prompt = _between(
        _rising([(s.taken_us, s.prompt_tokens - s.cached_tokens) for s in samples]), first_us, end_us
    )
    output = _between(_rising([(s.taken_us, s.generation_tokens) for s in samples]), first_us, end_us)
    return None if prompt is None or output is None else (prompt, output)


Points = Sequence[tuple[int, int]]


def _rising(points: Points) -> Points:
    """The counter without its restarts: what it shows after one was counted since."""
    total, found = 0, []
    for (_, before), (at, now) in pairwise([(0, 0), *points]):
        total += now - before if now >= before else now
        found.append((at, total))
    return found


def _between(points: Points, first_us: int, end_us: int) -> int | None:
    start, end = _at(points, first_us), _at(points, end_us)
    return None if start is None or end is None else end - start


def _at(points: Points, moment_us: int) -> int | None:
    for (t0, v0), (t1, v1) in pairwise(points):
        if t0 <= moment_us <= t1:
            return v0 + (v1 - v0) * (moment_us - t0) // (t1 - t0)
    return None
