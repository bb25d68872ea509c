"""Why a team's bill rose: the question asked of a ledger where the answer is known."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import weeks
from dashboard.queries.charges import Cell, Sums
from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_rows import (
    FRONTIER,
    REASONING,
    Rows,
    Served,
    a_request,
    an_attempt,
    prices,
    rolled,
    write,
)

MONDAY = date(2026, 11, 16)


def _answers(day: date, served: Served, number: int, team: str = "support") -> list[Rows]:
    start = int(datetime(day.year, day.month, day.day, 9, tzinfo=UTC).timestamp() * 1e6)
    cost = 100 * served.input + 50 * served.output
    found = []
    for n in range(number):
        request = a_request(
            id=f"{team}-{day}-{served.model}-{n}", started_us=start + n, day=day.isoformat(), team=team,
            workload="drafts", tier=served.tier.value, model=served.model, cost_pico=cost,
        )  # fmt: skip
        attempt = an_attempt(
            request_id=request.id, started_us=start + n, tier=served.tier.value, model=served.model,
            cost_pico=cost, **prices(served),
        )  # fmt: skip
        found.append((request, (attempt,)))
    return found


@pytest.fixture
def story(ledger_url: str) -> str:
    """Ten answers a week; in the second week four of them come from the dearer model."""
    before, now = MONDAY - timedelta(days=7), MONDAY
    write(
        ledger_url,
        [
            *_answers(before, REASONING, 10), *_answers(now, REASONING, 6), *_answers(now, FRONTIER, 4),
            *_answers(now, REASONING, 3, team="other"),
        ],
    )  # fmt: skip
    rolled(ledger_url)
    return ledger_url


def _cards(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def _text(app: AppTest) -> str:
    return re.sub(r"\\(.)", r"\1", " ".join(element.value for element in app.markdown))


def test_the_answer_is_the_mix(open_app: OpenApp, story: str) -> None:
    """A link with team and week says how much the bill rose, and that other models are why, with shares."""
    app = open_app(story, "changes", team="support", week="2026-W47")
    assert not app.exception
    said = _text(app)
    assert "The bill of support rose by" in said
    assert "is **mix**: drafts: gpt-frontier gave 40% of the answers instead of 0%" in said
    shown = " ".join(element.proto.body for element in app.html)
    assert "spend?team=support&amp;project=helpdesk&amp;workload=drafts&amp;by=model" in shown
    assert _cards(app)["2026-W47"][1] == "16 Nov 2026 to 22 Nov 2026"
    assert _cards(app)["Most of it: mix"][1] == "in drafts, 100 % of the change"


def test_a_team_that_is_new(open_app: OpenApp, story: str) -> None:
    """Without a week before, all of it is volume."""
    app = open_app(story, "changes", team="other")
    assert "is **volume**" in _text(app)
    assert _cards(app)["Change"][1] == "new"


def test_a_week_that_is_not_there(open_app: OpenApp, story: str) -> None:
    """A link to another week shows the newest one that is over."""
    app = open_app(story, "changes", team="support", week="2031-W01")
    assert not app.exception
    assert "2026-W47" in _cards(app)


def _spent(days: dict[date, int]) -> list[Cell]:
    return [Cell(day.isoformat(), "small", Sums(amount)) for day, amount in days.items()]


def test_a_week_that_is_not_over_is_held_against_the_same_weekdays() -> None:
    """On a Wednesday, Monday and Tuesday count on both sides; the day itself is not whole."""
    wednesday = MONDAY + timedelta(days=2)
    days = {MONDAY - timedelta(days=7 - n): 10 + n for n in range(7)}
    days |= {MONDAY: 100, MONDAY + timedelta(days=1): 200, wednesday: 999}
    newest, before = weeks.weeks(_spent(days), wednesday)
    assert (newest.name, newest.days, newest.spend, newest.before) == ("2026-W47", 2, 300, 21)
    assert newest.span == "16 Nov 2026 to 17 Nov 2026"
    assert (before.days, before.spend, before.before) == (7, sum(range(10, 17)), 0)


def test_there_are_no_weeks_without_charges() -> None:
    """Nothing spent, and a Monday morning: nothing to compare."""
    assert weeks.weeks([], MONDAY) == []
    assert weeks.weeks(_spent({MONDAY: 5}), MONDAY) == []
