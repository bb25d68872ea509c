"""Accepted shares with their 95% intervals, as an Altair chart. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from dashboard import palette, quality_tables, text
from dashboard.queries.quality import Group
from router.domain.outcomes import Basis

_STEP = 34
_AXIS = 60
_SEVERAL = palette.TIER_COLOURS[palette.NO_ANSWER]


def shares(found: Sequence[Group], basis: Basis) -> alt.LayerChart | None:
    """A point and an interval per group that somebody looked at, in its tier's colour; None: no group."""
    points = [_point(group, basis) for group in found if group.accepted[basis].looked_at]
    if not points:
        return None
    base = alt.Chart(alt.InlineData(values=points)).encode(
        y=alt.Y(
            "name:N", sort=[point["name"] for point in points], title=None, axis=alt.Axis(labelLimit=150)
        ),
        color=alt.Color("colour:N", scale=None),
        tooltip=[
            alt.Tooltip("name:N", title="Of"),
            alt.Tooltip("shown:N", title="Good"),
            alt.Tooltip("interval:N", title="95% interval"),
            alt.Tooltip("n:N", title="n"),
        ],
    )
    axis = alt.Axis(format=".0%", tickCount=5)
    scale = alt.Scale(domain=[0, 1])
    line = base.mark_rule(strokeWidth=3).encode(
        x=alt.X("low:Q", scale=scale, axis=axis, title="Share found good"), x2="high:Q"
    )
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(x=alt.X("share:Q", scale=scale))
    return alt.LayerChart(layer=[line, dot], height=_AXIS + _STEP * len(points))


def _point(group: Group, basis: Basis) -> dict[str, Any]:
    part = group.accepted[basis]
    low, middle, high = part.share or (0.0, 0.0, 1.0)
    return {
        "name": group.name,
        "colour": palette.TIER_COLOURS.get(group.tier or "", _SEVERAL),
        "low": low,
        "share": middle,
        "high": high,
        "shown": quality_tables.share(part),
        "interval": quality_tables.interval(part),
        "n": text.count(part.looked_at),
    }
