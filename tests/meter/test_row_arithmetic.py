"""What the gateway stores as an attempt's cost is what its row makes, whatever price was applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from router.clock import SystemClock, utc
from router.domain.arithmetic import attempt_cost, attempt_list_cost
from router.domain.decision import Candidate
from router.domain.kinds import AttemptStatus, Tier
from router.domain.money import PicoUSD
from router.domain.prices import Price
from router.domain.rates import Rates
from router.domain.units import Unit
from router.domain.usage import Usage
from router.domain.variants import Variants, Window
from router.meter.bill import Bill, Ending
from tests.policy import build

START = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT = 200_000
NIGHT, NOON = Window(16 * 60 + 30, 30), Window(11 * 60, 13 * 60)
PICO = st.integers(0, 10**9).map(PicoUSD)
COUNT = st.integers(0, 10**7)


def rates() -> st.SearchStrategy[Rates]:
    units = st.dictionaries(st.sampled_from(Unit), PICO)
    maybe = st.none() | PICO
    return st.builds(Rates, PICO, PICO, maybe, maybe, units)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    parts = {name: draw(COUNT) for name in ("uncached_input", "cache_read", "cache_write", "output")}
    left, units = dict(parts), []
    for unit in Unit:
        most = 10 if unit.part_of is None else left[unit.part_of]
        quantity = draw(st.integers(0, most))
        if unit.part_of is not None:
            left[unit.part_of] -= quantity
        if quantity:
            units.append((unit, quantity))
    tier = draw(st.sampled_from([None, None, "batch", "unheard-of"]))
    return Usage(**parts, units=tuple(units), service_tier=tier)


def _price(name: str, agreed: Rates, listed: Rates, variants: Variants | None = None) -> Price:
    return Price(name, "m", None, agreed, listed, START, None, "test", variants)


@st.composite
def rows(draw: st.DrawFn) -> Price:
    """A row with long prompts, a batch tier and two windows; in each the price is another."""

    def step(name: str) -> Price:
        return _price(name, draw(rates()), draw(rates()))

    ladders = {
        (None, None): ((LIMIT, step("long")), (-1, None)),
        ("batch", None): ((LIMIT, step("batch-long")), (-1, step("batch"))),
        (None, NIGHT): ((-1, step("night")),),
        (None, NOON): ((-1, step("noon")),),
    }
    return _price("row", draw(rates()), draw(rates()), Variants(ladders, (NIGHT, NOON)))


@given(rows(), usages(), st.integers(0, 24 * 3600 * 10**6 - 1))
def test_a_rows_own_columns_make_its_stored_cost(price: Price, usage: Usage, into_the_day: int) -> None:
    """As agreed and at list prices, to the last pico-dollar; unknown in both or in none."""
    model = build.model("m", Tier.SMALL, 0.5)
    candidate = Candidate(model, model.endpoints[0], price, None, 1, PicoUSD(0), None, True)
    bill = Bill("r", SystemClock())
    attempt = bill.start(candidate)
    attempt.started_us = int(START.timestamp()) * 10**6 + into_the_day
    bill.end(attempt, Ending(AttemptStatus.OK, 200, usage=usage))
    row = bill.attempts[0]
    assert attempt_cost(row) == row.cost_pico
    if row.cost_pico is not None:
        assert attempt_list_cost(row) == row.list_pico


@given(rows(), st.integers(0, 10**6), st.integers(0, 24 * 60 - 1), st.sampled_from([None, "batch"]))
def test_every_prompt_hour_and_tier_has_exactly_one_price(
    price: Price, tokens: int, minute: int, tier: str | None
) -> None:
    """No gap and no overlap: the price is the one that its conditions say, at every boundary too."""
    found = price.applied(tokens, START + timedelta(minutes=minute), tier)
    assert found is not None
    night, noon = minute >= 16 * 60 + 30 or minute < 30, 11 * 60 <= minute < 13 * 60
    if tier == "batch":
        expected = "batch-long" if tokens > LIMIT else "batch"
    elif night or noon:
        expected = "night" if night else "noon"
    else:
        expected = "long" if tokens > LIMIT else "row"
    assert found.id == expected


@given(st.lists(st.integers(0, 23 * 60), min_size=2, max_size=5, unique=True))
def test_windows_end_where_the_next_begins(starts: Sequence[int]) -> None:
    """Windows that share their ends cover every minute of a day once, past midnight too."""
    ordered = sorted(starts)
    windows = [Window(a, b) for a, b in pairwise(ordered)] + [Window(ordered[-1], ordered[0])]
    for minute in range(24 * 60):
        assert sum(window.covers(minute) for window in windows) == 1


def test_hours_go_by_when_the_attempt_was_sent() -> None:
    """`utc` turns the row's start into the hour that the window is held against."""
    sent = utc(int(datetime(2026, 3, 1, 16, 30, tzinfo=UTC).timestamp()) * 10**6)
    assert NIGHT.covers(sent.hour * 60 + sent.minute)
