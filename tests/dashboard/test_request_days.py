"""A page of the list is found by the days it lies in, however far down, and whatever was corrected since."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert

from dashboard.access import LOCAL
from dashboard.filters import CostFilter, Filters
from dashboard.ledger import reading
from dashboard.queries import request_days, requests
from dashboard.queries.request_days import Days
from router.domain.corrections import CorrectionRecord
from router.record.tables import corrections
from tests.dashboard.ledger_rows import Rows, a_request, an_attempt, rolled, write

START_US = 1_793_491_200_000_000
DAY_US = 86_400_000_000


@given(st.lists(st.integers(1, 7), min_size=1, max_size=9), st.integers(0, 70), st.integers(1, 12))
def test_the_days_around_a_page(counts: list[int], offset: int, limit: int) -> None:
    """They hold the page, no day more at either end, and it begins where `skipped` says."""
    newest = date(2026, 11, 30)
    days = Days(tuple((newest - timedelta(days=n), count) for n, count in enumerate(counts)))
    lines = [day for day, count in days.counts for _ in range(count)]
    wanted = lines[offset : offset + limit]
    if not wanted:
        with pytest.raises(ValueError, match="none after"):
            days.around(offset, limit)
        return
    first, last, skipped = days.around(offset, limit)
    assert (first, last) == (wanted[-1], wanted[0])
    assert [day for day in lines if first <= day <= last][skipped : skipped + limit] == wanted


def _ledger() -> list[Rows]:
    """Forty requests over five days; every seventh of them without a known cost."""
    made = []
    for n in range(40):
        at, cost = START_US + n * DAY_US // 8, None if n % 7 == 0 else 5
        state = "usage_missing" if cost is None else "priced"
        day = f"2026-11-{n // 8 + 1:02}"
        request = a_request(id=f"{n:02}", started_us=at, day=day, cost_pico=cost, cost_state=state)
        made.append((request, (an_attempt(request_id=request.id, cost_pico=cost, cost_state=state),)))
    return made


def _corrected(url: str, request_id: str) -> None:
    """A late report of usage gave it a cost."""
    record = CorrectionRecord(
        request_id, 1, 1, "b", "late_usage", START_US, "finance", "late", 9, 9, True, 9, 9, True, 1, 0, 0, 1,
        None, None, "{}",
    )  # fmt: skip
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(corrections).values(asdict(record)))
    engine.dispose()


@pytest.mark.parametrize("cost", [None, *CostFilter])
def test_pages_are_the_list(ledger_url: str, cost: CostFilter | None) -> None:
    """Page by page, what the ledger holds from the newest to the oldest; a cost counts as it was booked."""
    write(ledger_url, _ledger())
    _corrected(ledger_url, "07")
    rolled(ledger_url)
    filters = Filters(cost=cost)
    with reading(ledger_url, LOCAL) as connection:
        everything = requests.recent(connection, filters, limit=99, offset=0)
        days = request_days.counted(connection, filters)
        assert days.requests == len(everything)
        found = []
        for offset in range(0, days.requests, 3):
            first, last, skipped = days.around(offset, 3)
            within = replace(filters, first_day=first, last_day=last)
            found += requests.recent(connection, within, limit=3, offset=skipped)
    assert found == everything
