"""Periods of budgets: days, weeks and months of a zone, clocks that change included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.budget_period import PeriodKind, Zone, period_of

HOUR_US = 3_600_000_000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe")


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@given(
    st.sampled_from(list(PeriodKind)),
    st.sampled_from(ZONES),
    st.integers(us("2020-01-01"), us("2035-01-01")),
)
def test_periods_follow_each_other_without_gap(kind: PeriodKind, zone: str, moment: int) -> None:
    """A moment is in its period; the one after it begins where it ends, the one before ends where it
    begins."""
    period = period_of(kind, Zone(zone), moment)
    assert period.has(moment)
    after = period_of(kind, Zone(zone), period.ends_us)
    before = period_of(kind, Zone(zone), period.starts_us - 1)
    assert (after.starts_us, before.ends_us) == (period.ends_us, period.starts_us)
    assert len({before.key, period.key, after.key}) == 3


@pytest.mark.parametrize(
    ("kind", "zone", "moment", "key", "hours"),
    [
        (PeriodKind.DAY, "Europe/Berlin", "2026-10-25T10:00:00", "2026-10-25", 25),
        (PeriodKind.DAY, "Europe/Berlin", "2026-03-29T10:00:00", "2026-03-29", 23),
        (PeriodKind.DAY, "Europe/Berlin", "2026-11-28T23:30:00", "2026-11-29", 24),
        (PeriodKind.WEEK, "UTC", "2027-01-02T00:00:00", "2026-W53", 168),
        (PeriodKind.MONTH, "UTC", "2028-02-29T23:59:59", "2028-02", 29 * 24),
        (PeriodKind.MONTH, "America/New_York", "2026-12-01T04:59:59", "2026-11", 721),
    ],
)
def test_periods_by_the_calendar(kind: PeriodKind, zone: str, moment: str, key: str, hours: int) -> None:
    """Names and lengths as a calendar has them."""
    period = period_of(kind, Zone(zone), us(moment))
    assert (period.key, (period.ends_us - period.starts_us) / HOUR_US) == (key, hours)
