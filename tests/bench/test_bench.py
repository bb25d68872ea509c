"""The bench's own instruments: wrong answers are seen, numbers are unique, ratios are what they say."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.bench import load, prompts, report, upstream
from tests.bench.load import Job, Result
from tests.bench.rounds import CONCURRENCIES, Sample, Samples


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """The bench's upstream on a free port; gives its base URL."""
    server = await asyncio.get_running_loop().create_server(upstream.Upstream, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


def job(base_url: str, *, marker: str, stream: bool = False, body: str | None = None) -> Job:
    return Job(
        url=f"{base_url}/chat/completions",
        headers={},
        body=body or prompts.body("m", stream=stream),
        marker=marker,
        number_at=prompts.NUMBER,
        concurrency=2,
        seconds=0.1,
        warmup_s=0.0,
        stream=stream,
    )


async def test_right_answers_are_counted_and_timed() -> None:
    """Every answer of the upstream passes the check, and latencies are positive."""
    async with serving() as url:
        result = await load.run(job(url, marker="bench-7f3a"))
    assert result.wrong == 0
    assert 0 < result.measured <= result.answered
    assert 0 < result.p50_us <= result.p99_us <= result.max_us


async def test_every_wrong_answer_is_counted() -> None:
    """A body without the marker makes the run void, with the body to look at."""
    async with serving() as url:
        result = await load.run(job(url, marker="something else"))
    assert result.wrong == result.answered > 0
    assert "bench-7f3a" in result.first_wrong


async def test_a_stream_is_read_to_its_last_chunk() -> None:
    """All stamped chunks are seen and their delays measured on the upstream's own clock."""
    async with serving() as url:
        result = await load.run(job(url, marker="word <", stream=True))
    assert (result.wrong, result.answered) == (0, 2)
    assert result.chunks == 2 * upstream.CHUNKS
    assert 0 < result.chunk_p50_us < 1e6 * upstream.INTERVAL_S * upstream.CHUNKS


async def test_a_stream_that_is_none_is_wrong() -> None:
    """A whole answer to a streaming request is not taken for a stream."""
    async with serving() as url:
        result = await load.run(
            job(url, marker="bench-7f3a", stream=True, body=prompts.body("m", stream=False))
        )
    assert result.wrong == result.answered > 0


def test_the_body_is_valid_and_keeps_its_length_with_any_number() -> None:
    """Numbering a request changes neither its size nor its being JSON of about 2 KB."""
    text = prompts.body("m", stream=False)
    one, other = prompts.numbered(text, 1), prompts.numbered(text, 99_999_999)
    assert one != other
    assert len(one) == len(other) == len(text)
    assert json.loads(other)["messages"][-1]["content"].endswith("99999999")
    assert 1_800 < len(text) < 2_400


def samples(per_second: dict[str, float]) -> Samples:
    found = Samples()
    for name, figure in per_second.items():
        for concurrency in CONCURRENCIES:
            result = Result(per_second=figure * concurrency, p99_us=1000.0 if name == "direct" else 2600.0)
            found.by_load[name, concurrency].append(Sample(result, 0.0))
    return found


@pytest.mark.parametrize(("peer", "row", "reached"), [(1.0, "40.00", "yes"), (1.1, "36.36", "NO")])
def test_targets_compare_the_best_of_each(peer: float, row: str, reached: str) -> None:
    """A ratio is taken between the best loads, and said to be missed when it is missed."""
    found = samples({"tiergate": 40.0, "litellm": peer, "direct": 100.0})
    rows = report.tables(found, [], report.DecideFigures(201.0, 300.0))[0].rows
    assert rows[0][2:] == [row, reached]
    assert rows[1][2:] == ["-", "not measured"]
    assert rows[3][2:] == ["1.60", "NO"]
    assert rows[4][2:] == ["201", "NO"]


def test_percentiles_are_by_nearest_rank() -> None:
    """p99 of 100 values is the 99th, not a value nobody measured."""
    values = [float(number) for number in range(1, 101)]
    assert [load.percentile(values, share) for share in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
