"""Published and own evidence of a model side by side, as an Altair chart. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt

from dashboard import palette
from dashboard.scorecards import Evidence, Score

_STEP = 26
_AROUND = 140
"""Pixels of legend, axis and its title, which Streamlit counts in."""
_PUBLISHED, _OWN = "published", "own, this ledger"


def side_by_side(found: Sequence[Evidence], tier: str) -> alt.LayerChart:
    """A point with its 95% interval per score: published ones grey, own ones in the tier's colour."""
    points = [point for one in found for point in _points(one)]
    base = alt.Chart(alt.InlineData(values=points)).encode(
        y=alt.Y(
            "name:N",
            sort=[point["name"] for point in points],
            title=None,
            axis=alt.Axis(labelLimit=230, labelOverlap=False),
        ),
        color=alt.Color(
            "whose:N",
            scale=alt.Scale(
                domain=[_PUBLISHED, _OWN],
                range=[palette.TIER_COLOURS[palette.NO_ANSWER], palette.TIER_COLOURS[tier]],
            ),
            title=None,
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Of"),
            alt.Tooltip("share:Q", title="Share right", format=".1%"),
            alt.Tooltip("n:N", title="n"),
            alt.Tooltip("source:N", title="Source"),
        ],
    )
    scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(format=".0%", tickCount=5)
    line = base.mark_rule(strokeWidth=3).encode(
        x=alt.X("low:Q", scale=scale, axis=axis, title="Share right, 95% interval"), x2="high:Q"
    )
    dot = base.mark_point(filled=True, size=80, opacity=1).encode(x=alt.X("share:Q", scale=scale))
    return alt.LayerChart(layer=[line, dot], height=_AROUND + _STEP * len(points))


def _points(one: Evidence) -> Iterator[dict[str, Any]]:
    task = one.task.value.replace("_", " ")
    if one.own is not None:
        yield _point(f"{task}: own", one.own, _OWN)
    seen: dict[str, int] = {}
    for score in one.published:
        seen[score.name] = seen.get(score.name, 0) + 1
        again = f" ({seen[score.name]})" if seen[score.name] > 1 else ""
        yield _point(f"{task}: {score.name}{again}", score, _PUBLISHED)


def _point(name: str, score: Score, whose: str) -> dict[str, Any]:
    low, share, high = score.share
    return {
        "name": name, "whose": whose, "low": low, "share": share, "high": high, "n": f"{score.n:,}",
        "source": score.source,
    }  # fmt: skip
