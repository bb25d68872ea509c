"""Rows to Altair charts. Pure: no widget, no SQL, so that specs can be tested as data.

Exact pico-USD become floats here and only here, to be drawn; every tooltip keeps the exact figure's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import altair as alt

from dashboard import palette, text
from dashboard.queries.breakdowns import Cell
from router.domain.money import PicoUSD, as_usd

_DAY_HEIGHT = 280
_TEAM_STEP = 36
_AXIS_AND_LEGEND = 110
_WIDEST_BAR = 36
_FEW_DAYS = 20


def spend_by_day(cells: Sequence[Cell], first: date | None, last: date | None) -> alt.LayerChart:
    """Stacked bars: US dollars per UTC day, by the tier that answered. Days without requests stay empty.

    A day with requests of unknown cost carries a red mark: its bar is too short by an unknown amount.
    """
    sums = _by_name(cells)
    places, largest = text.places_for(sums.values()), max(sums.values(), default=0)
    days = _days([cell.name for cell in cells], first, last)
    bars = (
        alt.Chart(alt.InlineData(values=[_point(cell, places) for cell in cells]))
        .mark_bar(size=_WIDEST_BAR if len(days) < _FEW_DAYS else alt.Undefined)
        .encode(
            x=_day_axis(days),
            y=_dollars(alt.Y, largest),
            color=_tier_colour(),
            order=alt.Order("order:Q"),
            tooltip=_tooltip("Day (UTC)"),
        )
    )
    marks = (
        alt.Chart(alt.InlineData(values=_unknown(cells, places)))
        .mark_point(shape="triangle-down", filled=True, size=70, color=palette.ALARM, yOffset=-8)
        .encode(
            x=_day_axis(days),
            y=_dollars(alt.Y, largest),
            tooltip=[alt.Tooltip("name:N", title="Day (UTC)"), alt.Tooltip("unknown:N", title="Cost")],
        )
    )
    return alt.LayerChart(layer=[bars, marks], height=_DAY_HEIGHT)


def spend_by_team(cells: Sequence[Cell]) -> alt.Chart:
    """Stacked bars, one per team, largest first: US dollars by the tier that answered."""
    sums = _by_name(cells)
    places = text.places_for(sums.values())
    largest = max(sums.values(), default=0)
    order = sorted(sums, key=lambda name: (-sums[name], name))
    data = alt.InlineData(values=[_point(cell, places) for cell in cells])
    chart: alt.Chart = (
        alt.Chart(data, height=_TEAM_STEP * len(sums) + _AXIS_AND_LEGEND)
        .mark_bar()
        .encode(
            y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=220, ticks=False)),
            x=_dollars(alt.X, largest),
            color=_tier_colour(),
            order=alt.Order("order:Q"),
            tooltip=_tooltip("Team"),
        )
    )
    return chart


def _point(cell: Cell, places: int) -> dict[str, Any]:
    return {
        "name": cell.name,
        "tier": cell.tier,
        "order": palette.tier_order(cell.tier),
        "usd": _usd(cell.spend),
        "shown": text.money(cell.spend, places),
        "requests": text.count(cell.requests),
        "unknown": text.count(cell.unknown_cost),
    }


def _unknown(cells: Sequence[Cell], places: int) -> list[dict[str, Any]]:
    sums = _by_name(cells)
    missing: dict[str, int] = {}
    for cell in cells:
        missing[cell.name] = missing.get(cell.name, 0) + cell.unknown_cost
    return [
        {"name": name, "usd": _usd(sums[name]), "unknown": f"unknown for {text.requests(number)}"}
        for name, number in missing.items()
        if number
    ]


def _usd(amount: int | None) -> float:
    return float(as_usd(PicoUSD(amount or 0)))


def _by_name(cells: Iterable[Cell]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for cell in cells:
        sums[cell.name] = sums.get(cell.name, 0) + (cell.spend or 0)
    return sums


def _days(found: Sequence[str], first: date | None, last: date | None) -> list[str]:
    if not found:
        return []
    start = first or date.fromisoformat(min(found))
    end = last or date.fromisoformat(max(found))
    return [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]


def _day_axis(days: Sequence[str]) -> alt.X:
    # An ordinal axis of date texts: a temporal one would shift days into the viewer's time zone.
    every = -(-len(days) // 16) or 1
    shown = days[::-1][::every]
    return alt.X(
        "name:O",
        scale=alt.Scale(domain=list(days)),
        title=None,
        axis=alt.Axis(values=shown, labelAngle=0, labelExpr="utcFormat(toDate(datum.value), '%-d %b')"),
    )


def _dollars(channel: type[alt.X] | type[alt.Y], largest: int) -> Any:
    step = as_usd(PicoUSD(largest)) / 5
    decimals = 0 if step >= 1 else 2 if step >= Decimal("0.01") else 4 if step >= Decimal("0.0001") else 6
    axis = alt.Axis(format=f"$,.{decimals}f", tickCount=5)
    return channel("usd:Q", title="US dollars", axis=axis)


def _tier_colour() -> alt.Color:
    scale = alt.Scale(
        domain=list(palette.TIERS), range=[palette.TIER_COLOURS[tier] for tier in palette.TIERS]
    )
    return alt.Color("tier:N", scale=scale, title="Tier that answered", legend=alt.Legend(orient="top"))


def _tooltip(title: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title=title),
        alt.Tooltip("tier:N", title="Tier"),
        alt.Tooltip("shown:N", title="Spend"),
        alt.Tooltip("requests:N", title="Requests"),
        alt.Tooltip("unknown:N", title="Of unknown cost"),
    ]
