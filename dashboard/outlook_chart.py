"""A month's spend until now and to its end, as an Altair chart. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt

from dashboard import palette, text
from router.domain.forecast import Forecast, Series
from router.domain.money import PicoUSD, as_usd

_HEIGHT = 280
_TITLE = "US dollars, added up"
_DAYS = alt.Axis(labelAngle=0, labelOverlap=True, labelExpr="utcFormat(toDate(datum.value), '%-d %b')")


def path(series: Series, first: date, found: Forecast) -> alt.LayerChart:
    """Added up from the first day: what was spent by the end of each whole day, then what is expected, with
    the band that 8 in 10 such forecasts stayed in."""
    spent, running = [], 0
    for n, amount in enumerate(series.amounts):
        day = series.first + timedelta(days=n)
        if day >= first:
            running += amount
            spent.append({"day": day.isoformat(), "usd": _usd(running), "shown": text.money(running)})
    ahead = [
        {
            "day": one.day.isoformat(),
            "low": _usd(one.total.low),
            "usd": _usd(one.total.middle),
            "high": _usd(one.total.high),
            "shown": f"{text.money(one.total.middle)} ({text.money(one.total.low)} to "
            f"{text.money(one.total.high)})",
        }
        for one in found.path
    ]
    days = [*(str(row["day"]) for row in spent), *(one.day.isoformat() for one in found.path)]
    x = alt.X("day:O", title=None, axis=_DAYS, scale=alt.Scale(domain=days))
    y = alt.Y("usd:Q", title=_TITLE, axis=alt.Axis(format="$,~f", tickCount=5))
    past = alt.Chart(alt.InlineData(values=spent)).mark_line(strokeWidth=3, color=palette.UPSTREAM)
    future = alt.Chart(alt.InlineData(values=ahead))
    band = future.mark_errorband(opacity=0.3, color=palette.EXPECTED).encode(
        x=x, y=alt.Y("low:Q", title=_TITLE), y2=alt.Y2("high:Q", title=_TITLE)
    )
    middle = future.mark_line(strokeWidth=3, strokeDash=[5, 4], color=palette.EXPECTED, point=_point())
    layers: list[Any] = [
        band,
        past.encode(x=x, y=y, tooltip=_tooltip("Spent by then")),
        middle.encode(x=x, y=y, tooltip=_tooltip("Expected")),
    ]
    return alt.LayerChart(layer=layers, height=_HEIGHT)


def _point() -> alt.OverlayMarkDef:
    return alt.OverlayMarkDef(color=palette.EXPECTED)


def _tooltip(title: str) -> Sequence[alt.Tooltip]:
    return [alt.Tooltip("day:N", title="Day (UTC)"), alt.Tooltip("shown:N", title=title)]


def _usd(amount: int) -> float:
    return float(as_usd(PicoUSD(amount)))
