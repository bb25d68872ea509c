"""Budgets as they stand, when they run out, whose they are; and odd days with their cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import create_engine, select
from streamlit.testing.v1 import AppTest

from dashboard import budget_outlook, budget_tables
from dashboard.access import LOCAL
from dashboard.ledger import reading
from dashboard.queries import budgets
from dashboard.queries.budgets import Standing
from router.domain.forecast import Series
from router.domain.roles import Principal, Role
from router.domain.teams import Team
from router.record import budget_tables as stored
from router.record.keys import create_key, revoke_key
from tests.dashboard.budget_rows import NOW, NOW_US, a_budget
from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_rows import Rows, a_request, an_attempt, rolled, write

DOLLAR = 10**12


def _day(ago: int, dollars: int, **changes: object) -> Rows:
    start = NOW - timedelta(days=ago)
    request = a_request(
        id=f"{ago}-{changes.get('team', '')}", started_us=int(start.timestamp() * 1e6),
        day=start.date().isoformat(), cost_pico=dollars * DOLLAR, **changes,
    )  # fmt: skip
    attempt = an_attempt(
        request_id=request.id, started_us=request.started_us, uncached_input=0, output=1,
        cost_pico=request.cost_pico, output_price=request.cost_pico,
    )  # fmt: skip
    return request, (attempt,)


def _cards(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def _html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.html)


def test_a_budget_that_will_run_out(open_app: OpenApp, ledger_url: str) -> None:
    """Four dollars a day: 60 spent of 100 in the middle of the period will not last, and the page says so."""
    write(ledger_url, [_day(ago, 4) for ago in range(60)])
    rolled(ledger_url)
    a_budget(ledger_url, "support-month", {"team": ["support", "x-*"]}, 60)
    a_budget(ledger_url, "unseen", {}, None, 1)
    app = open_app(ledger_url, "budgets")
    assert not app.exception
    cards = _cards(app)
    assert cards["Budgets in force"] == ("2", "2 hard")
    assert cards["Used up"] == ("0", "none")
    assert cards["Will run out"][0] == "1"
    assert cards["Will run out"][1].startswith(r"support\-month, about ")
    shown = _html(app)
    assert "team support, x-*" in shown
    assert '<td class="num">61.0 %</td>' in shown
    assert '<td class="alarm">50 %*, 80 %</td>' in shown
    assert "not counted yet" in shown
    assert any("8 in 10" in caption.value for caption in app.caption)


def test_used_up(open_app: OpenApp, sqlite_url: str) -> None:
    """Spent and set aside reach the limit: red, whatever the forecast."""
    write(sqlite_url, [_day(1, 4)])
    rolled(sqlite_url)
    a_budget(sqlite_url, "all", {}, 99)
    app = open_app(sqlite_url, "budgets")
    assert _cards(app)["Used up"] == ("1", "all")
    assert '<td class="alarm">used up</td>' in _html(app)
    assert "everybody" in _html(app)


def test_without_budgets_the_forecast_and_odd_days_are_there(open_app: OpenApp, sqlite_url: str) -> None:
    """A day of five times the usual is named, with its cause and links to its requests and its week."""
    write(sqlite_url, [_day(ago, 20 if ago == 3 else 4) for ago in range(60)])
    rolled(sqlite_url)
    app = open_app(sqlite_url, "budgets")
    assert not app.exception
    assert "No budget is in force." in app.info[0].value
    odd = NOW.date() - timedelta(days=3)
    shown = _html(app)
    assert f"spend?day={odd}&amp;team=support&amp;by=workload" in shown
    assert f"changes?team=support&amp;week={odd:%G-W%V}" in shown
    assert "+$16.00" in shown
    assert next(v for k, v in _cards(app).items() if k.startswith("Forecast"))[0].startswith("$")


def _key(url: str, organisation: str) -> None:
    """A key of a team `support`, long revoked: what it spent is spent."""
    engine = create_engine(url)
    row, _ = create_key(engine, organisation=organisation, team="support", project="p", now_us=1)
    revoke_key(engine, row.id, 2)
    engine.dispose()


def test_a_lead_sees_the_budgets_of_their_team_alone(ledger_url: str) -> None:
    """Not everybody's, not one of two teams, not a pattern's, nor what only reads like theirs; not that of
    another organisation, nor one shared with it. One that names no organisation is theirs until another one
    has a key of a team of that name."""
    write(ledger_url, [_day(1, 4)])
    _key(ledger_url, "acme")
    matches: dict[str, dict[str, Sequence[str]]] = {
        "mine": {"team": ["support"], "model": ["gpt-5"]},
        "here": {"organisation": ["acme"], "team": ["support"]},
        "there": {"organisation": ["globex"], "team": ["support"]},
        "shared": {"organisation": ["acme", "globex"], "team": ["support"]},
        "starred": {"organisation": ["ac*"], "team": ["support"]},
        "slyer": {"team": ["support"], "organisation": ["globex"], "workload": ['"organisation": ["acme"]']},
        "all": {}, "two": {"team": ["legal", "support"]},
        "theirs": {"team": ["legal"]}, "pattern": {"team": ["sup*"]},
        "sly": {"workload": ['"team": ["support"]']}, "like": {"team": ["supp_rt"]},
    }  # fmt: skip
    for n, (name, match) in enumerate(matches.items()):
        a_budget(ledger_url, name, match, 10, n)
    mine = Team("acme", "support"), Team("acme", "sup*"), Team("ac*", "support")
    lee = Principal("lee", Role.TEAM_LEAD, mine)
    for known in (["mine", "here"], ["here"]):
        with reading(ledger_url, lee) as connection:
            assert [one.name for one in budgets.standing(connection, NOW_US)] == known
            assert set(connection.execute(select(stored.budget_alerts.c.budget)).scalars()) == set(known)
            periods = connection.execute(select(stored.budget_periods.c.budget)).scalars()
            assert set(periods) == set(known)
        _key(ledger_url, "globex")
    with reading(ledger_url, Principal("lee", Role.TEAM_LEAD, ())) as connection:
        assert budgets.standing(connection, NOW_US) == []
    with reading(ledger_url, LOCAL) as connection:
        assert [one.name for one in budgets.standing(connection, NOW_US)] == list(matches)


def test_a_budgets_own_days(ledger_url: str) -> None:
    """Every field must match, any value may; a star matches by the start. Keys are not in the books."""
    rows = [_day(5, 2), _day(4, 3, team="support-eu"), _day(2, 7, team="legal", model="gpt-5")]
    write(ledger_url, rows)
    rolled(ledger_url)
    today = NOW.date()
    span = (today - timedelta(days=9), today)
    with reading(ledger_url, LOCAL) as connection:
        both = budgets.daily(connection, {"team": ["support*"]}, *span)
        none = budgets.daily(connection, {"team": ["support*"], "model": ["gpt-5"]}, *span)
        assert budgets.daily(connection, {"key": ["a"]}, *span) is None
    assert both == Series(today - timedelta(days=5), (2 * DOLLAR, 3 * DOLLAR, 0, 0, 0))
    assert none == Series(today, ())


def _standing(**changes: object) -> Standing:
    month = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    starts, ends = (int(one.timestamp() * 1e6) for one in month)
    plain: dict[str, object] = {
        "name": "b", "match": {}, "kind": "month", "time_zone": "UTC", "limit": 100, "enforcement": "soft",
        "when_spent": "deny", "thresholds": (), "period": "2026-11", "starts_us": starts, "ends_us": ends,
        "spent": 40, "reserved": 0, "forecast": None, "updated_us": 1,
    }  # fmt: skip
    return Standing(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spent", "limit", "said"),
    [(40, 200, "lasts"), (100, 100, "used up"), (40, 90, "about "), (40, 0, "no forecast")],
)
def test_when_it_runs_out_in_words(spent: int, limit: int, said: str) -> None:
    """Four a day until the 10th: the month comes to 120."""
    today = date(2026, 11, 11)
    days = 0 if said == "no forecast" else 60
    series = Series(today - timedelta(days=days), (4,) * days)
    found = budget_outlook.outlook(_standing(spent=spent, limit=limit), series, today)
    assert budget_tables.runs_out(found).startswith(said)


def test_a_day_and_a_key_have_no_forecast() -> None:
    """Nor has a period that nobody counted."""
    series = Series(date(2026, 9, 1), (4,) * 71)
    today = date(2026, 11, 11)
    for budget, days in (
        (_standing(kind="day"), series),
        (_standing(), None),
        (_standing(spent=None), series),
    ):
        assert budget_outlook.outlook(budget, days, today).forecast is None
