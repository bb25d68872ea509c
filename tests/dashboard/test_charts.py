"""Charts draw what the rows say: a fixed colour per tier, every day of the span, alarms for unknown costs."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from dashboard import charts, time_chart
from dashboard.palette import PAID_TIERS, TIER_COLOURS
from dashboard.queries.charges import Cell, Sums
from dashboard.spend_tables import NOT_ALLOCATED

CENT = 10**10
CELLS = [
    Cell("2026-11-02", "small", Sums(5 * CENT, attempts=3)),
    Cell("2026-11-02", "frontier", Sums(95 * CENT, attempts=1)),
    Cell("2026-11-04", "reasoning", Sums(attempts=2, unknown=2)),
]


def _spec(chart: Any) -> dict[str, Any]:
    return dict(chart.to_dict())


def _values(spec: dict[str, Any], layer: int) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = spec["datasets"][spec["layer"][layer]["data"]["name"]]
    return values


def test_days_without_requests_keep_their_place() -> None:
    """The axis holds every day of the span, as texts, so that no time zone can move one."""
    spec = _spec(charts.spend_by_day(CELLS, date(2026, 11, 1), date(2026, 11, 5)))
    bars = spec["layer"][0]["encoding"]
    assert bars["x"]["scale"]["domain"] == [f"2026-11-0{day}" for day in range(1, 6)]
    assert bars["x"]["type"] == "ordinal"


def test_tiers_have_their_colours_whatever_is_shown() -> None:
    """A chart without one tier still gives the others their own colours."""
    spec = _spec(charts.spend_by_part("team", [Cell("research", "frontier", Sums(CENT))]))
    scale = spec["encoding"]["color"]["scale"]
    found = dict(zip(scale["domain"], scale["range"], strict=True))
    assert found == {tier: TIER_COLOURS[tier] for tier in PAID_TIERS}
    assert len(set(TIER_COLOURS.values())) == 4


def test_a_day_of_unknown_cost_is_marked() -> None:
    """Only the day whose cost is not fully known carries a mark, with the number of attempts."""
    spec = _spec(charts.spend_by_day(CELLS, None, None))
    assert _values(spec, 1) == [{"name": "2026-11-04", "usd": 0.0, "unknown": "unknown for 2 attempts"}]


def test_axes_name_their_unit() -> None:
    """Money axes say US dollars, with as many decimals as their steps need."""
    small, large = (
        _spec(charts.spend_by_part("team", [Cell("a", "small", Sums(amount))]))["encoding"]["x"]
        for amount in (30_000_000, 900 * 10**12)
    )
    assert (small["title"], small["axis"]["format"]) == ("US dollars", "$,.6f")
    assert large["axis"]["format"] == "$,.0f"


def test_a_click_names_its_day() -> None:
    """Bars carry the selection that the page reads, by the field it reads."""
    [param] = _spec(charts.spend_by_day(CELLS, None, None))["params"]
    assert param["name"] == charts.CHOSEN
    assert param["select"] == {"fields": ["name"], "type": "point"}


def test_hours_are_all_there() -> None:
    """A day has 24 hours whatever happened in them."""
    spec = _spec(charts.spend_by_hour([Cell("07", "small", Sums(CENT))]))
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == [f"{hour:02d}" for hour in range(24)]


def test_many_parts_are_the_largest_and_what_is_not_allocated() -> None:
    """A chart of a hundred workloads draws a dozen, and never hides what nobody named."""
    cells = [Cell(f"w{n:03d}", "small", Sums(n * CENT)) for n in range(100)] + [Cell(None, "small", Sums(1))]
    order = _spec(charts.spend_by_part("workload", cells))["encoding"]["y"]["sort"]
    assert (len(order), order[0], order[-1]) == (12, "w099", NOT_ALLOCATED)


def test_time_split_shows_both_parts_and_the_first_token() -> None:
    """Gateway and upstream are drawn in a fitting unit; the tick needs a first token."""
    spec = _spec(time_chart.time_split(400, 899_600, 120_000))
    parts = _values(spec, 0)
    assert [(part["part"], part["time"]) for part in parts] == [("gateway", 0.4), ("upstream", 899.6)]
    assert _values(spec, 1)[0]["time"] == 120.0
    assert len(_spec(time_chart.time_split(400, 0, None))["layer"]) == 1
    long = _spec(time_chart.time_split(400, 30_000_000, None))
    assert long["layer"][0]["encoding"]["x"]["title"] == "Seconds"


def test_pandas_is_loaded_before_any_chart() -> None:
    """The entry script loads pandas whole, so that no chart ever finds it half loaded by another reader."""
    code = (
        "import sys\n"
        "from dashboard import access\n"
        "access.principal = lambda: access.LOCAL\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('dashboard/Home.py', default_timeout=30).run()\n"
        "assert 'No ledger here yet' in app.info[0].value\n"
        "assert 'pandas' in sys.modules\n"
    )
    environ = {"TIERGATE_DATA_DIR": "/nonexistent", "PATH": "/usr/bin"}
    subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], env=environ, check=True, timeout=60
    )
