"""Small values for tests of budgets: one call each, everything overridable."""

from __future__ import annotations

from typing import Any

from router.domain.budget import Budget, Enforcement, Scope
from router.domain.budget_period import PeriodKind, Zone
from router.domain.money import PICO_PER_USD, PicoUSD

UTC = Zone("UTC")
NOON_US = 1_795_867_200_000_000
"""2026-11-28 12:00 UTC."""


def usd(amount: float) -> PicoUSD:
    """Of a test's own round numbers."""
    return PicoUSD(round(amount * PICO_PER_USD))


def budget(name: str = "b", limit: float = 1.0, **more: Any) -> Budget:
    """Hard, of everybody, for a day."""
    given = {"scope": Scope(), "period": PeriodKind.DAY, "zone": UTC, "enforcement": Enforcement.HARD, **more}
    return Budget(name=name, limit=usd(limit), **given)
