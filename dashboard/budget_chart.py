"""Budgets as bars of their limits, with what is expected, as an Altair chart. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt

from dashboard import palette, text
from dashboard.budget_outlook import Outlook

_STEP = 46
_AXIS = 90
_SPENT, _HELD = "spent", "set aside for calls under way"


def bars(found: Sequence[Outlook]) -> alt.LayerChart:
    """A bar per budget in shares of its limit: spent, then set aside; a line from the forecast's lower to its
    upper end with a point in the middle, small marks at the thresholds, and the limit as an upright line."""
    names = [one.budget.name for one in found]
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=190, ticks=False))
    x = alt.X("share:Q", title="Share of the limit", axis=alt.Axis(format=".0%", tickCount=6))
    parts = [part for one in found for part in _parts(one)]
    colours = alt.Scale(domain=[_SPENT, _HELD], range=[palette.UPSTREAM, palette.GATEWAY])
    bar = (
        alt.Chart(alt.InlineData(values=parts))
        .mark_bar(size=20)
        .encode(
            y=y,
            x=x,
            color=alt.Color(
                "part:N",
                scale=colours,
                title=None,
                legend=alt.Legend(orient="top", labelLimit=300, columns=1),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("name:N", title="Budget"),
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("shown:N", title="US dollars"),
            ],
        )
    )
    layers: list[Any] = [bar]
    bands = [band for one in found for band in _bands(one)]
    if bands:
        base = alt.Chart(alt.InlineData(values=bands)).encode(
            y=y, tooltip=[alt.Tooltip("name:N", title="Budget"), alt.Tooltip("shown:N", title="Forecast")]
        )
        layers.append(base.mark_rule(strokeWidth=3, color=palette.EXPECTED).encode(x="low:Q", x2="high:Q"))
        layers.append(
            base.mark_point(filled=True, size=80, opacity=1, color=palette.EXPECTED).encode(x="middle:Q")
        )
    marks = [
        {"name": one.budget.name, "share": percent / 100, "shown": f"{percent} %"}
        for one in found
        for percent in one.budget.thresholds
    ]
    if marks:
        layers.append(
            alt.Chart(alt.InlineData(values=marks))
            .mark_tick(thickness=2, size=26, color=palette.TIER_COLOURS[palette.NO_ANSWER])
            .encode(y=y, x="share:Q", tooltip=[alt.Tooltip("shown:N", title="Threshold")])
        )
    limit = alt.Chart(alt.InlineData(values=[{"share": 1}]))
    layers.append(limit.mark_rule(strokeWidth=2, color=palette.ALARM_MARK).encode(x="share:Q"))
    return alt.LayerChart(layer=layers, height=_AXIS + _STEP * len(found))


def _parts(one: Outlook) -> Iterator[dict[str, Any]]:
    limit = one.budget.limit or 1
    for order, (part, amount) in enumerate(((_SPENT, one.budget.spent), (_HELD, one.budget.reserved))):
        shown = {"name": one.budget.name, "part": part, "order": order, "shown": text.money(amount)}
        yield {**shown, "share": (amount or 0) / limit}


def _bands(one: Outlook) -> Iterator[dict[str, Any]]:
    if one.forecast is None:
        return
    total, limit = one.forecast.total, one.budget.limit or 1
    yield {
        "name": one.budget.name,
        "low": total.low / limit,
        "middle": total.middle / limit,
        "high": total.high / limit,
        "shown": f"{text.money(total.middle)} ({text.money(total.low)} to {text.money(total.high)})",
    }
