"""Budgets as a gateway writes them down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import create_engine, insert

from router.record import budget_tables as stored

NOW = datetime.now(UTC)
NOW_US = int(NOW.timestamp() * 1e6)
_DOLLAR = 10**12
_DAY_US = 86_400_000_000


def a_budget(
    url: str, name: str, match: dict[str, Sequence[str]], spent: int | None, position: int = 0
) -> None:
    """A hard one of $100 in 30 days around now, with a threshold crossed of which nobody could be told."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(stored.budgets).values(
            name=name, position=position, match=json.dumps(match), period="month", time_zone="UTC",
            limit_pico=100 * _DOLLAR, enforcement="hard", when_spent="deny", thresholds="[50, 80]",
            policy_digest="d", updated_us=NOW_US,
        ))  # fmt: skip
        if spent is not None:
            connection.execute(insert(stored.budget_periods).values(
                budget=name, period="now", starts_us=NOW_US - 15 * _DAY_US, ends_us=NOW_US + 15 * _DAY_US,
                limit_pico=100 * _DOLLAR, spent_pico=spent * _DOLLAR, reserved_pico=_DOLLAR,
                updated_us=NOW_US,
            ))  # fmt: skip
            connection.execute(insert(stored.budget_alerts).values(
                budget=name, period="now", percent=50, crossed_us=NOW_US, spent_pico=1, limit_pico=1,
                claimed_us=NOW_US, tries=1, error="550 no such user",
            ))  # fmt: skip
    engine.dispose()
