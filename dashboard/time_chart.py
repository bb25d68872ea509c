"""Where one request's time went, as an Altair chart. Pure."""

from __future__ import annotations

import altair as alt

from dashboard import palette, text

_SPLIT_HEIGHT = 130
_LONG_US = 10_000_000


def time_split(gateway_us: int, upstream_us: int, ttft_us: int | None) -> alt.LayerChart:
    """One bar: time in the gateway and in the upstream, in the unit its length asks for; a tick at the
    first token."""
    total = gateway_us + upstream_us
    unit, size = ("Seconds", 1_000_000) if total >= _LONG_US else ("Milliseconds", 1_000)
    parts = [
        {"part": part, "order": order, "time": spent / size, "shown": text.duration(spent)}
        for order, (part, spent) in enumerate((("gateway", gateway_us), ("upstream", upstream_us)))
    ]
    colours = alt.Scale(domain=["gateway", "upstream"], range=[palette.GATEWAY, palette.UPSTREAM])
    bar = (
        alt.Chart(alt.InlineData(values=parts))
        .mark_bar(size=26)
        .encode(
            x=alt.X("time:Q", title=unit, axis=alt.Axis(format=",~f", tickCount=8)),
            color=alt.Color("part:N", scale=colours, title=None, legend=alt.Legend(orient="top")),
            order=alt.Order("order:Q"),
            tooltip=[alt.Tooltip("part:N", title="Where"), alt.Tooltip("shown:N", title="Time")],
        )
    )
    if ttft_us is None:
        return alt.LayerChart(layer=[bar], height=_SPLIT_HEIGHT)
    first = [{"time": ttft_us / size, "shown": text.duration(ttft_us)}]
    tick = (
        alt.Chart(alt.InlineData(values=first))
        .mark_tick(thickness=3, size=40, color=palette.INK)
        .encode(x="time:Q", tooltip=[alt.Tooltip("shown:N", title="First token after")])
    )
    return alt.LayerChart(layer=[bar, tick], height=_SPLIT_HEIGHT)
