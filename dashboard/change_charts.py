"""Weeks side by side, and the effects between two of them, as Altair charts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from dashboard import charts, palette, text
from dashboard.weeks import Week
from router.books.explain.change import Explained
from router.books.explain.effects import EFFECTS
from router.domain.money import PicoUSD, as_usd

_STEP = 40
_AXIS = 50


def weeks(found: Sequence[Week], chosen: Week) -> alt.Chart:
    """One bar per week, oldest first, the chosen one set off; a click chooses another."""
    data = [
        {
            "name": week.name,
            "usd": float(as_usd(PicoUSD(week.spend))),
            "shown": text.money(week.spend),
            "change": text.change(week.spend, week.before),
            "days": week.span,
            "chosen": week == chosen,
        }
        for week in reversed(found)
    ]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=data), height=200)
        .mark_bar(cursor="pointer", color=palette.UPSTREAM)
        .encode(
            x=alt.X("name:O", title="ISO week", axis=alt.Axis(labelAngle=-40)),
            y=alt.Y("usd:Q", title="US dollars", axis=alt.Axis(format="$,~f", tickCount=4)),
            opacity=alt.condition("datum.chosen", alt.value(1), alt.value(0.45)),
            tooltip=[
                alt.Tooltip("name:N", title="Week"),
                alt.Tooltip("days:N", title="Days (UTC)"),
                alt.Tooltip("shown:N", title="Spend"),
                alt.Tooltip("change:N", title="On the week before"),
            ],
        )
        .add_params(alt.selection_point(name=charts.CHOSEN, fields=["name"]))
    )
    return chart


def effects(found: Explained) -> alt.Chart:
    """A bar per effect to the right where it made the bill larger, to the left where smaller."""
    sums = found.effects
    places = text.places_for(sums.values())
    names = {effect: f"{effect}  {text.signed(sums[effect], places)}" for effect in EFFECTS}
    data = [
        {
            "name": names[effect],
            "usd": float(as_usd(PicoUSD(sums[effect]))),
            "colour": palette.DEARER if sums[effect] > 0 else palette.CHEAPER,
        }
        for effect in EFFECTS
    ]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=data), height=_STEP * len(EFFECTS) + _AXIS)
        .mark_bar(size=20)
        .encode(
            y=alt.Y("name:N", sort=list(names.values()), title=None, axis=alt.Axis(labelLimit=200)),
            x=alt.X(
                "usd:Q", title="Change of the bill, US dollars", axis=alt.Axis(format="$,~f", tickCount=5)
            ),
            color=alt.Color("colour:N", scale=None),
            tooltip=[alt.Tooltip("name:N", title="Effect")],
        )
    )
    return chart
