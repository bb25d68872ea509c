"""One alert: a budget's spend has reached a threshold. What people and programs are told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from router.domain.budget_period import Period
from router.domain.money import PicoUSD, exact_usd, format_usd


@dataclass(frozen=True, slots=True)
class Alert:
    """The figures are those of the moment the threshold was crossed. `forecast` None: not known. `email` is
    who hears of it beside the settings' own."""

    budget: str
    hard: bool
    period: Period
    percent: int
    crossed_us: int
    spent: PicoUSD
    limit: PicoUSD
    forecast: PicoUSD | None
    email: tuple[str, ...]

    @property
    def subject(self) -> str:
        return f"Budget {self.budget} has reached {self.percent}% of {self.period.key}"

    @property
    def text(self) -> str:
        """A few sentences for people."""
        what = "Calls that might exceed it are refused." if self.hard else "Nothing is refused."
        told = f"{format_usd(self.spent, 2)} of {format_usd(self.limit, 2)} are spent"
        if self.forecast is not None:
            told += f"; at this rate it will be {format_usd(self.forecast, 2)}"
        return f"{self.subject}: {told}. {what} It begins anew at {_iso(self.period.ends_us)}."

    def document(self) -> dict[str, object]:
        """For programs. Amounts are exact, as text; `text` is what chat rooms show."""
        return {
            "event": "budget_threshold",
            "budget": self.budget,
            "enforcement": "hard" if self.hard else "soft",
            "period": self.period.key,
            "percent": self.percent,
            "spent_usd": exact_usd(self.spent),
            "limit_usd": exact_usd(self.limit),
            "forecast_usd": None if self.forecast is None else exact_usd(self.forecast),
            "crossed_at": _iso(self.crossed_us),
            "resets_at": _iso(self.period.ends_us),
            "text": self.text,
        }


def _iso(moment_us: int) -> str:
    return f"{datetime.fromtimestamp(moment_us // 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
