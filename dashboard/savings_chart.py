"""Net savings with their bands, as an Altair chart. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from dashboard import palette, text
from dashboard.savings_tables import NO_GROUP
from router.domain.money import PicoUSD, as_usd
from router.savings.query import Found

_STEP = 34
_AXIS = 60


def bands(found: Sequence[Found], by: str) -> alt.LayerChart:
    """A bar up to the middle of each group's net saving, and its band across the end of it."""
    points = [_point(row, by) for row in found]
    base = alt.Chart(alt.InlineData(values=points)).encode(
        y=alt.Y(
            "name:N", sort=[point["name"] for point in points], title=None, axis=alt.Axis(labelLimit=150)
        ),
        color=alt.Color("colour:N", scale=None),
        tooltip=[
            alt.Tooltip("name:N", title=by.capitalize()),
            alt.Tooltip("shown:N", title="Net saving"),
            alt.Tooltip("band:N", title="Band"),
            alt.Tooltip("compared:N", title="Requests compared"),
        ],
    )
    title = alt.X("net:Q", title="Net saving, US dollars", axis=alt.Axis(format="$,~f", tickCount=5))
    bar = base.mark_bar(size=16, opacity=0.4).encode(x=title)
    rule = base.mark_rule(strokeWidth=4).encode(x="low:Q", x2="high:Q")
    return alt.LayerChart(layer=[bar, rule], height=_AXIS + _STEP * len(points))


def _point(row: Found, by: str) -> dict[str, Any]:
    net = row.savings.net
    tier = palette.tier_name(row.group) if by == "tier" else None
    return {
        "name": tier or row.group or NO_GROUP,
        "colour": palette.TIER_COLOURS.get(tier or "", palette.TIER_COLOURS[palette.NO_ANSWER]),
        "low": _usd(net.low),
        "net": _usd(net.middle),
        "high": _usd(net.high),
        "shown": text.money(net.middle),
        "band": f"{text.money(net.low)} to {text.money(net.high)}",
        "compared": text.count(row.savings.requests),
    }


def _usd(amount: int) -> float:
    return float(as_usd(PicoUSD(amount)))
