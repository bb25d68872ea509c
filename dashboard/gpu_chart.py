"""How busy own GPUs were, and where an API would be as cheap, as Altair charts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from dashboard import palette, text
from dashboard.procurement import Against, Own
from dashboard.queries.gpus import GpuDay
from router.domain.money import PicoUSD, as_usd

_HEIGHT = 240
_DAYS = alt.Axis(labelAngle=0, labelOverlap=True, labelExpr="utcFormat(toDate(datum.value), '%-d %b')")
_BEYOND = 1.25
"""How far the axis reaches beyond the last point of interest."""


def utilisation(found: Sequence[GpuDay]) -> alt.Chart:
    """A line per endpoint: work done over what full hours can do, by UTC day."""
    data = [
        {
            "day": day.day,
            "endpoint": day.endpoint,
            "used": day.utilisation,
            "idle": text.money(day.idle),
            "bill": text.money(day.bill),
            "hours": text.count(day.hours),
        }
        for day in found
    ]
    # To 100 % at least: what is used is to be seen against what could be.
    full = alt.Scale(domain=[0, max(1.0, *(day.utilisation for day in found))])
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=data), height=_HEIGHT)
        .mark_line(color=palette.UPSTREAM, point=alt.OverlayMarkDef(color=palette.UPSTREAM))
        .encode(
            x=alt.X("day:O", title=None, axis=_DAYS),
            y=alt.Y("used:Q", title="Utilisation", axis=alt.Axis(format=".0%", tickCount=5), scale=full),
            strokeDash=alt.StrokeDash("endpoint:N", title="Endpoint", legend=alt.Legend(orient="top")),
            tooltip=[
                alt.Tooltip("endpoint:N", title="Endpoint"),
                alt.Tooltip("day:N", title="Day (UTC)"),
                alt.Tooltip("used:Q", title="Utilisation", format=".1%"),
                alt.Tooltip("bill:N", title="Bill"),
                alt.Tooltip("idle:N", title="Of it idle"),
                alt.Tooltip("hours:N", title="Hours billed"),
            ],
        )
    )
    return chart


def break_even(own: Own, one: Against) -> alt.LayerChart:
    """Cost of the span by volume: the GPU's bill, flat until it is full, and the API's, which grows with it.

    The upright line is the ledger's own volume; the point is where both cost the same.
    """
    bill, api = (float(as_usd(PicoUSD(amount))) for amount in (own.bill, one.found.own_length))
    needed = None if one.needed is None else float(one.needed)
    room = 1.0 if own.room is None else float(own.room)
    end = _BEYOND * max(1.0, needed if needed is not None and own.fits(one.needed) else 1.0)
    ours, theirs = f"{own.model} on own GPU", one.model
    lines = [
        {"volume": 0.0, "usd": bill, "who": ours},
        {"volume": min(end, room), "usd": bill, "who": ours},
        {"volume": 0.0, "usd": 0.0, "who": theirs},
        {"volume": end, "usd": api * end, "who": theirs},
    ]
    colours = alt.Scale(
        domain=[ours, theirs], range=[palette.TIER_COLOURS[own.tier], palette.TIER_COLOURS[one.tier]]
    )
    x = alt.X("volume:Q", title="Times this volume", axis=alt.Axis(format="~f"))
    y = alt.Y("usd:Q", title="US dollars, same span", axis=alt.Axis(format="$,~f", tickCount=5))
    base = alt.Chart(alt.InlineData(values=lines))
    cost = base.mark_line(strokeWidth=3).encode(
        x=x, y=y, color=alt.Color("who:N", scale=colours, title=None, legend=alt.Legend(orient="top"))
    )
    today = alt.Chart(alt.InlineData(values=[{"volume": 1}])).mark_rule(
        strokeDash=[4, 4], color=palette.TIER_COLOURS[palette.NO_ANSWER]
    ).encode(x="volume:Q")  # fmt: skip
    layers: list[Any] = [cost, today]
    if needed is not None and needed <= end:
        point = [{"volume": needed, "usd": bill, "shown": f"even at {needed:.2f} times this volume"}]
        layers.append(
            alt.Chart(alt.InlineData(values=point))
            .mark_point(filled=True, size=110, color=palette.DEARER, opacity=1)
            .encode(x="volume:Q", y="usd:Q", tooltip=[alt.Tooltip("shown:N", title="Break-even")])
        )
    return alt.LayerChart(layer=layers, height=_HEIGHT)
