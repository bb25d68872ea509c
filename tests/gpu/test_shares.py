"""Parts of a bill add up to it, to the last pico-dollar, whatever the weights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.shares import shares
from router.gpu.allocate import Line, Served, allocate

WEIGHT = st.integers(0, 10**15)


@given(st.integers(0, 10**18), st.lists(WEIGHT, min_size=1).filter(any))
def test_parts_are_exact_and_within_one_of_their_share(total: int, weights: list[int]) -> None:
    """Nothing lost, nothing double, and nobody gets more or less than his share rounded."""
    parts = shares(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert total * weight // sum(weights) <= part <= -(-total * weight // sum(weights))


def test_nothing_is_divided_by_nothing() -> None:
    """Without weights only nothing can be divided."""
    assert shares(0, [0, 0]) == [0, 0]
    with pytest.raises(ValueError, match="every weight is 0"):
        shares(1, [0])


@given(st.integers(0, 10**15), st.integers(1, 10**12), st.lists(st.integers(0, 10**10)), st.none() | WEIGHT)
def test_the_lines_of_an_hour_are_its_bill(
    bill: int, capacity: int, works: list[int], measured: int | None
) -> None:
    """Requests, other clients and exactly one idle line add up to the bill; idle is what no work fills."""
    served = [Served(f"r{n}", 1, work) for n, work in enumerate(works)]
    found = allocate(bill, capacity, served, measured)
    assert sum(share.share_pico for share in found) == bill
    assert [share.line for share in found].count(Line.IDLE) == 1
    done = max(sum(works), measured or 0)
    idle = next(share for share in found if share.line is Line.IDLE)
    assert idle.work == max(0, capacity - done)
    assert {share.request_id for share in found if share.line is Line.REQUEST} == {
        s.request_id for s in served
    }


def test_a_hand_made_hour() -> None:
    """A quarter for one request, a quarter for others on the server, half idle."""
    found = allocate(1_000, 400, [Served("r", 1, 100)], 200)
    assert [(share.line, share.share_pico) for share in found] == [
        (Line.REQUEST, 250),
        (Line.OUTSIDE, 250),
        (Line.IDLE, 500),
    ]
