"""Days, weeks and months of a time zone, and which of them a moment is in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

Zone = ZoneInfo


class PeriodKind(StrEnum):
    """How long a budget's limit is for. Weeks begin on Monday, as in ISO 8601."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """[`starts_us`, `ends_us`), Unix microseconds. `key` is `2026-11-28`, `2026-W48` or `2026-11`."""

    key: str
    starts_us: int
    ends_us: int

    def has(self, moment_us: int) -> bool:
        return self.starts_us <= moment_us < self.ends_us

    @property
    def ends(self) -> datetime:
        """In UTC."""
        return datetime.fromtimestamp(self.ends_us // 1_000_000, UTC)


def period_of(kind: PeriodKind, zone: Zone, moment_us: int) -> Period:
    """The period that a moment is in. A day with a change of clocks has 23 or 25 hours."""
    local = datetime.fromtimestamp(moment_us // 1_000_000, UTC).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match kind:
        case PeriodKind.DAY:
            return _period(f"{midnight:%Y-%m-%d}", midnight, midnight + timedelta(days=1))
        case PeriodKind.WEEK:
            monday = midnight - timedelta(days=midnight.weekday())
            year, week, _ = monday.isocalendar()
            return _period(f"{year}-W{week:02}", monday, monday + timedelta(days=7))
        case PeriodKind.MONTH:
            first = midnight.replace(day=1)
            return _period(f"{first:%Y-%m}", first, (first + timedelta(days=32)).replace(day=1))


def _period(key: str, starts: datetime, ends: datetime) -> Period:
    """Wall-clock midnights: arithmetic on aware datetimes of one zone keeps the clock, not the distance."""
    return Period(key, _us(starts), _us(ends))


def _us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
