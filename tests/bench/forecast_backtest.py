"""How often months ended within their band: `python -m tests.bench.forecast_backtest`.

On the daily sums of the ledger that TIERGATE_DATABASE_URL or TIERGATE_DATA_DIR names, of every team and of
all together: each day from the 8th week on is a forecast of its month, made from the days before it alone.
It takes many months: `tiergate ledger seed --rows 200000 --months 8`, then `tiergate books roll`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from router.books.months import month_of
from router.books.outlook.daily import Part, by_group, daily, newest_day
from router.domain.forecast import LEVEL, Series, forecast
from router.record.engine import ledger_engine
from router.settings import read_settings

_FIRST = 56
_BUCKETS = ((1, 7), (8, 14), (15, 31))


@dataclass(frozen=True, slots=True)
class Tried:
    """One forecast and what came; `days` were to come."""

    days: int
    within: bool
    off: float
    width: float


def main() -> None:
    engine = ledger_engine(read_settings().ledger_url)
    with engine.connect() as connection:
        newest = newest_day(connection)
        assert newest is not None, "no charges: seed a ledger and roll it up"
        span = date(2000, 1, 1), newest + timedelta(days=1)
        groups = dict(by_group(connection, Part(), "team", *span))
        groups["all teams"] = daily(connection, Part(), *span)
    print(f"band meant to hold {float(LEVEL):.0%}; part, days ahead: forecasts, held, middle off, width")
    whole = []
    for name, series in groups.items():
        tried = list(_try(series))
        whole += tried
        _print(str(name), tried)
    _print("every part", whole)


def _try(series: Series) -> Iterator[Tried]:
    for n in range(_FIRST, len(series.amounts)):
        today = series.first + timedelta(days=n)
        first, last = month_of(today), month_of(today, 1) - timedelta(days=1)
        if last >= series.end or first < series.first:
            continue
        found = forecast(Series(series.first, series.amounts[:n]), first, last, 0)
        if found is None:
            continue
        start = (first - series.first).days
        came = sum(series.amounts[start : start + (last - first).days + 1])
        total = found.total
        yield Tried(
            (last - today).days + 1,
            total.low <= came <= total.high,
            abs(total.middle - came) / came,
            (total.high - total.low) / came,
        )


def _print(name: str, tried: list[Tried]) -> None:
    for low, high in _BUCKETS:
        some = [one for one in tried if low <= one.days <= high]
        if some:
            held, off, width = (
                sum(getattr(one, field) for one in some) / len(some) for field in ("within", "off", "width")
            )
            print(f"{name:<14}{low:>3}-{high:<3}{len(some):>6}{held:>8.1%}{off:>8.1%}{width:>8.1%}")


if __name__ == "__main__":
    main()
