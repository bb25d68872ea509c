"""One fixed colour per tier, everywhere: Okabe and Ito's set, told apart with any colour vision."""

from __future__ import annotations

from typing import Final

from router.domain.kinds import Tier

NO_ANSWER: Final = "no answer"
"""What screens call the tier of a request that nothing answered; NULL in the ledger."""

TIER_COLOURS: Final = {
    Tier.SMALL.value: "#009e73",
    Tier.REASONING.value: "#0072b2",
    Tier.FRONTIER.value: "#d55e00",
    NO_ANSWER: "#8a909a",
}
TIERS: Final = tuple(TIER_COLOURS)
"""Cheapest first, the way every stack and every table orders them."""
PAID_TIERS: Final = TIERS[:-1]
"""Those that can be called, and paid."""

ALARM: Final = "#b3261e"
ALARM_TEXT: Final = f"light-dark({ALARM}, #ff9c91)"
"""As CSS: on a dark page the red of a light one is too dark to read."""
ALARM_MARK: Final = "#dc4a43"
"""Between both: a mark on a chart is as visible on a light page as on a dark one."""
INK: Final = "#1d2530"
GATEWAY: Final = "#cc79a7"
UPSTREAM: Final = "#56b4e9"
EXPECTED: Final = "#e69f00"
DEARER: Final = "#cc79a7"
CHEAPER: Final = "#56b4e9"


def tier_name(tier: str | None) -> str:
    """The ledger's tier as screens name it."""
    return NO_ANSWER if tier is None else tier


def tier_order(tier: str) -> int:
    """Sort key: the known tiers cheapest first, then whatever a newer ledger may hold."""
    return TIERS.index(tier) if tier in TIERS else len(TIERS)
