"""The Overview's cards on ledgers whose figures are worked out by hand, and on traffic of two months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine
from streamlit.testing.v1 import AppTest

from router.books.rollups.roll import mark_all
from router.domain.kinds import Verdict
from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_month import month
from tests.dashboard.ledger_rows import Rows, a_request, an_attempt, rolled, write

DOLLAR = 10**12
_DAY_US = 86_400_000_000


def _cards(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def _one(name: str, days_ago: int, dollars: int, **changes: object) -> Rows:
    start = datetime.now(UTC) - timedelta(days=days_ago)
    request = a_request(
        id=name, started_us=int(start.timestamp() * 1e6), day=start.date().isoformat(),
        cost_pico=dollars * DOLLAR, baseline_pico=10 * dollars * DOLLAR, **changes,
    )  # fmt: skip
    attempt = an_attempt(
        request_id=name, started_us=request.started_us, uncached_input=0, output=1,
        cost_pico=request.cost_pico, output_price=request.cost_pico,
    )  # fmt: skip
    return request, (attempt,)


def test_cards_on_small_sums(open_app: OpenApp, ledger_url: str) -> None:
    """Spend against the span before, saving with its band, verified share with n and interval."""
    write(
        ledger_url,
        [
            _one("a", 3, 12),
            _one("b", 4, 12, verdict=Verdict.FAILED),
            _one("old", 40, 20),
        ],
    )
    rolled(ledger_url)
    app = open_app(ledger_url)
    assert not app.exception
    cards = _cards(app)
    assert cards["Spend"] == ("$24.00", r"+20.0 % on \$20.00 before")
    assert cards["Saving, net"] == ("$216.00", r"\$144.00 to \$288.00; 90.0 % of the baseline")
    assert cards["Verified quality"] == ("50.0 %", "n = 2, 9.5 to 90.5 %")
    assert cards["Odd days"][0] == "2"
    assert cards["Odd days"][1].endswith("\\+\\$12.00 on the usual")
    assert cards["Newest request"] == ("3 days ago", "all hours are in the sums")


def test_months_of_traffic_have_a_forecast(open_app: OpenApp, sqlite_url: str) -> None:
    """With enough history the month has a band, and no card is empty."""
    today = datetime.now(UTC).date()
    rows = month(today, 200) + month(today - timedelta(days=30), 200, seed=8)
    write(sqlite_url, rows)
    rolled(sqlite_url)
    app = open_app(sqlite_url)
    assert not app.exception
    forecast = next(metric for metric in app.metric if metric.label.startswith("Forecast"))
    assert forecast.value.startswith("$")
    assert " to " in forecast.delta
    assert [header.value for header in app.subheader] == ["Spend by day", "What moved most"]
    assert 'href="changes?team=research"' in app.html[0].proto.body


def test_hours_that_are_not_in_the_sums_are_an_alarm(open_app: OpenApp, sqlite_url: str) -> None:
    """What came since the sums were made is counted, in words on the card and under the filters."""
    write(sqlite_url, [_one("a", 1, 1)])
    rolled(sqlite_url)
    engine = create_engine(sqlite_url)
    mark_all(engine)
    engine.dispose()
    app = open_app(sqlite_url)
    assert _cards(app)["Newest request"][1] == "1 hour not in the sums"
    assert "1 hour has changed since" in app.caption[0].value


def test_nonsense_in_the_url_is_said(open_app: OpenApp, sqlite_url: str) -> None:
    """A period that there is not is dropped from page and URL, with a notice in which it is only text."""
    write(sqlite_url, [_one("a", 1, 1)])
    rolled(sqlite_url)
    app = open_app(sqlite_url, period="<script>")
    assert " by the period " in app.warning[0].value
    assert r"\<script\>" in app.warning[0].value
    assert "period" not in app.query_params


def test_nothing_was_charged(open_app: OpenApp, sqlite_url: str) -> None:
    """A period without traffic says so, and compares nothing."""
    write(sqlite_url, [_one("a", 9, 1)])
    rolled(sqlite_url)
    app = open_app(sqlite_url, period="today")
    assert not app.exception
    assert "Nothing was charged" in app.info[0].value
    assert _cards(app)["Spend"] == ("$0.00", "nothing before")
    assert _cards(app)["Saving, net"] == ("–", "nothing to compare")
    forecast = next(value for label, value in _cards(app).items() if label.startswith("Forecast"))
    assert forecast == ("–", "too little history")
