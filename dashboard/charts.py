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
from dashboard.queries.charges import Cell
from dashboard.spend_tables import NOT_ALLOCATED
from router.domain.money import PicoUSD, as_usd

DAY_HEIGHT, LOW = 280, 210
_PART_STEP = 34
_AXIS_AND_LEGEND = 110
_WIDEST_BAR = 36
_FEW_DAYS = 20
_MOST_PARTS = 12
CHOSEN = "chosen"
"""The name of the selection that a click on a bar makes; its field is `name`."""
HOURS = tuple(f"{hour:02d}" for hour in range(24))


def spend_by_day(
    cells: Sequence[Cell], first: date | None, last: date | None, *, height: int = DAY_HEIGHT
) -> alt.LayerChart:
    """Stacked bars: US dollars per UTC day, by the tier that was paid. Days without charges stay empty.

    A day with attempts of unknown cost carries a red mark: its bar is too short by an unknown amount.
    """
    days = _days([str(cell.name) for cell in cells], first, last)
    return _stacked(cells, days, _day_axis(days), "Day (UTC)", height)


def spend_by_hour(cells: Sequence[Cell]) -> alt.LayerChart:
    """The same for the 24 hours of one UTC day."""
    axis = alt.X(
        "name:O", scale=alt.Scale(domain=list(HOURS)), title="Hour (UTC)", axis=alt.Axis(labelAngle=0)
    )
    return _stacked(cells, HOURS, axis, "Hour (UTC)", DAY_HEIGHT)


def _stacked(
    cells: Sequence[Cell], times: Sequence[str], axis: alt.X, title: str, height: int
) -> alt.LayerChart:
    sums = _by_name(cells)
    places, largest = text.places_for(sums.values()), max(sums.values(), default=0)
    bars = (
        alt.Chart(alt.InlineData(values=[_point(cell, places) for cell in cells]))
        .mark_bar(size=_WIDEST_BAR if len(times) < _FEW_DAYS else alt.Undefined, cursor="pointer")
        .encode(
            x=axis,
            y=_dollars(alt.Y, largest),
            color=_tier_colour(),
            order=alt.Order("order:Q"),
            tooltip=_tooltip(title),
        )
        .add_params(alt.selection_point(name=CHOSEN, fields=["name"]))
    )
    marks = (
        alt.Chart(alt.InlineData(values=_unknown(cells)))
        .mark_point(
            shape="triangle-down", filled=True, size=70, color=palette.ALARM_MARK, opacity=1, yOffset=-8
        )
        .encode(
            x=axis,
            y=_dollars(alt.Y, largest),
            tooltip=[alt.Tooltip("name:N", title=title), alt.Tooltip("unknown:N", title="Cost")],
        )
    )
    return alt.LayerChart(layer=[bars, marks], height=height)


def spend_by_part(title: str, cells: Sequence[Cell]) -> alt.Chart:
    """Stacked bars, the largest parts first and what is not allocated last: US dollars by the tier paid."""
    sums = _by_name(cells)
    places = text.places_for(sums.values())
    order = sorted(sums, key=lambda name: (name == NOT_ALLOCATED, -sums[name], name))
    kept = order if len(order) <= _MOST_PARTS else [*order[: _MOST_PARTS - 1], order[-1]]
    drawn = [cell for cell in cells if (cell.name or NOT_ALLOCATED) in kept]
    data = alt.InlineData(values=[_point(cell, places) for cell in drawn])
    chart: alt.Chart = (
        alt.Chart(data, height=_PART_STEP * len(kept) + _AXIS_AND_LEGEND)
        .mark_bar()
        .encode(
            y=alt.Y("name:N", sort=kept, title=None, axis=alt.Axis(labelLimit=190, ticks=False)),
            x=_dollars(alt.X, max(sums.values(), default=0)),
            color=_tier_colour(),
            order=alt.Order("order:Q"),
            tooltip=_tooltip(title.capitalize()),
        )
    )
    return chart


def _point(cell: Cell, places: int) -> dict[str, Any]:
    return {
        "name": cell.name or NOT_ALLOCATED,
        "tier": cell.tier,
        "order": palette.tier_order(cell.tier),
        "usd": _usd(cell.sums.spend),
        "shown": text.money(cell.sums.known, places),
        "attempts": text.count(cell.sums.attempts),
        "unknown": text.count(cell.sums.unknown),
    }


def _unknown(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    sums = _by_name(cells)
    missing: dict[str, int] = {}
    for cell in cells:
        name = cell.name or NOT_ALLOCATED
        missing[name] = missing.get(name, 0) + cell.sums.unknown
    return [
        {"name": name, "usd": _usd(sums[name]), "unknown": f"unknown for {text.attempts(number)}"}
        for name, number in missing.items()
        if number
    ]


def _usd(amount: int) -> float:
    return float(as_usd(PicoUSD(amount)))


def _by_name(cells: Iterable[Cell]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for cell in cells:
        name = cell.name or NOT_ALLOCATED
        sums[name] = sums.get(name, 0) + cell.sums.spend
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
    tiers = palette.PAID_TIERS
    scale = alt.Scale(domain=list(tiers), range=[palette.TIER_COLOURS[tier] for tier in tiers])
    return alt.Color("tier:N", scale=scale, title="Tier paid", legend=alt.Legend(orient="top"))


def _tooltip(title: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title=title),
        alt.Tooltip("tier:N", title="Tier"),
        alt.Tooltip("shown:N", title="Spend"),
        alt.Tooltip("attempts:N", title="Attempts"),
        alt.Tooltip("unknown:N", title="Of unknown cost"),
    ]
