"""The Spend page says what the sums say, and says so when it cannot."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from router.domain.kinds import CostState
from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_month import month
from tests.dashboard.ledger_rows import NO_PRICE, Rows, a_request, an_attempt, rolled, write

DOLLAR = 10**12
PAGES = [
    "overview",
    "spend",
    "changes",
    "budgets",
    "models",
    "savings",
    "quality",
    "requests",
    "close",
    "request",
]


def _rows(*changes: dict[str, object]) -> list[Rows]:
    """Requests of one attempt that wrote a single token, for what it costs."""
    found: list[Rows] = []
    for number, change in enumerate(changes):
        request = a_request(id=f"id-{number}", **change)
        price = {"output_price": request.cost_pico} if request.cost_pico is not None else NO_PRICE
        attempt = an_attempt(
            request_id=request.id, started_us=request.started_us, tier=request.tier or "small",
            cost_pico=request.cost_pico, cost_state=request.cost_state, simulated=request.simulated,
            uncached_input=0, output=1, **{"price_id": "p", **price},
        )  # fmt: skip
        found.append((request, (attempt,)))
    return found


def _fill(url: str, *changes: dict[str, object]) -> None:
    write(url, _rows(*changes))
    rolled(url, tags=("cost_centre",))


def _metric(app: AppTest, label: str) -> tuple[str, str]:
    metric = next(metric for metric in app.metric if metric.label == label)
    return metric.value, metric.delta


def _html(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.html)


def _lines(app: AppTest) -> list[list[str]]:
    """The first table's cells as text, total included."""
    table = app.html[0].proto.body
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table)
    return [
        [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows[1:]
    ]


def test_headline_and_shares(open_app: OpenApp, sqlite_url: str) -> None:
    """The spend is the exact sum; shares add up to 100 %, and what nobody named is a line of its own."""
    _fill(
        sqlite_url,
        {"cost_pico": 3 * DOLLAR, "workload": "triage"},
        {"cost_pico": 3 * DOLLAR, "workload": "drafts"},
        {"cost_pico": 3 * DOLLAR, "tier": "frontier", "workload": None},
    )
    app = open_app(sqlite_url, "spend", period="all", by="workload")
    assert not app.exception
    assert _metric(app, "Spend") == ("$9.0000", "all costs known")
    assert _metric(app, "Not allocated") == ("33.3 %", r"\$3.0000 without a workload")
    assert _metric(app, "Beside answers") == ("0 %", r"\$0.00 of the spend")
    lines = _lines(app)
    assert [line[0] for line in lines] == ["drafts", "triage", "not allocated", "Total"]
    assert [line[2] for line in lines] == ["33.4 %", "33.3 %", "33.3 %", "100 %"]


def test_against_the_span_before(open_app: OpenApp, sqlite_url: str) -> None:
    """One day is held against the same weekday a week before, part by part; what is gone is there."""
    week = 7 * 86_400_000_000
    now = a_request().started_us
    _fill(
        sqlite_url,
        {"cost_pico": 13 * DOLLAR, "started_us": now + week, "day": "2026-11-02"},
        {"cost_pico": 10 * DOLLAR, "day": "2026-10-26"},
        {"cost_pico": 2 * DOLLAR, "day": "2026-10-26", "team": "gone"},
        {"cost_pico": 500 * DOLLAR, "started_us": now + week // 7, "day": "2026-10-27"},
    )
    app = open_app(sqlite_url, "spend", day="2026-11-02")
    assert not app.exception
    assert _metric(app, "Spend") == ("$13.00", "+8.3 % on the span before")
    lines = {line[0]: line[1:6] for line in _lines(app)}
    assert lines["support"] == ["$13.00", "100.0 %", "$10.00", "+$3.00", "+30.0 %"]
    assert lines["gone"] == ["$0.00", "0.0 %", "$2.00", "-$2.00", "-100.0 %"]
    assert lines["Total"][3] == "+$1.00"
    assert app.subheader[0].value == "Spend by hour"
    assert 'href="changes?team=support"' in _html(app)


def test_an_unknown_cost_is_an_error_state_and_never_zero(open_app: OpenApp, sqlite_url: str) -> None:
    """A team whose only attempt has no price shows a red `unknown`; the headline says what is missing."""
    unknown = {"cost_pico": None, "cost_state": CostState.UNPRICED, "baseline_pico": None}
    _fill(sqlite_url, {"cost_pico": 3 * DOLLAR}, {"team": "dark", **unknown})
    app = open_app(sqlite_url, "spend", period="all")
    assert _metric(app, "Cost unknown") == ("1 attempt", "of 2, in no sum")
    assert _metric(app, "Spend") == ("$3.0000", "at least: 1 attempt unknown")
    assert re.search(r'dark</a></td><td class="num alarm">unknown</td>', _html(app))
    assert "usage is known, but no price was in force" in _html(app)

    app = open_app(sqlite_url, "spend", period="all", team="dark")
    assert _metric(app, "Spend")[0] == "unknown"


def test_simulated_answers_are_named_so(open_app: OpenApp, sqlite_url: str) -> None:
    """Money that nobody will be billed for carries a warning with its amount."""
    _fill(sqlite_url, {"simulated": True, "cost_pico": 2 * DOLLAR}, {"cost_pico": DOLLAR})
    app = open_app(sqlite_url, "spend", period="all")
    assert r"\$2.0000 of this spend" in app.warning[0].value


@pytest.mark.parametrize(
    ("query", "spend"),
    [
        ({"team": "support"}, "$2.0000"),
        ({"tier": "frontier"}, "$4.0000"),
        ({"team": "support", "workload": "not named"}, "$2.0000"),
        ({"team": "research", "tier": "small"}, None),
        ({"day": "2026-10-26", "team": "research"}, "$4.0000"),
    ],
)
def test_the_url_filters(
    open_app: OpenApp, sqlite_url: str, query: dict[str, str], spend: str | None
) -> None:
    """A link shows the charges of all its filters and nothing else, or says that there are none."""
    _fill(
        sqlite_url,
        {"cost_pico": 2 * DOLLAR},
        {"cost_pico": 4 * DOLLAR, "tier": "frontier", "team": "research", "workload": "triage"},
    )
    app = open_app(sqlite_url, "spend", period="all", **query)
    if spend is None:
        assert "No request matches" in app.info[0].value
    else:
        assert _metric(app, "Spend")[0] == spend
    assert {key: app.query_params[key] for key in query} == query


def test_nonsense_in_the_url_is_dropped(open_app: OpenApp, sqlite_url: str) -> None:
    """Unknown periods, teams and tiers are dropped from the page and from the URL, and the page says so."""
    write(sqlite_url, month(datetime.now(UTC).date(), 40))
    rolled(sqlite_url)
    app = open_app(
        sqlite_url, "spend", period="'; drop table", team="<script>", tier="7", source="??", stray="1"
    )
    assert not app.exception
    assert _metric(app, "Spend")[0].startswith("$")
    assert not {"period", "team", "tier", "source"} & set(app.query_params)


def test_links_narrow_and_keep_the_other_filters(open_app: OpenApp, sqlite_url: str) -> None:
    """A team's name leads to its workloads within the same period; names are text, whatever they say."""
    _fill(sqlite_url, {"team": "<script>alert(1)</script>"})
    shown = _html(open_app(sqlite_url, "spend", period="all"))
    assert "<script>" not in shown
    assert "spend?period=all&amp;team=%3Cscript%3Ealert%281%29%3C%2Fscript%3E&amp;by=workload" in shown


def test_by_tag(open_app: OpenApp, sqlite_url: str) -> None:
    """Kept tags are among the breakdowns; what has none is not allocated."""
    _fill(sqlite_url, {"tags": '{"cost_centre":"4100"}', "cost_pico": DOLLAR}, {"cost_pico": 2 * DOLLAR})
    app = open_app(sqlite_url, "spend", period="all", by="tag cost_centre")
    assert [line[:2] for line in _lines(app)] == [
        ["4100", "$1.0000"], ["not allocated", "$2.0000"], ["Total", "$3.0000"],
    ]  # fmt: skip


def test_a_month_shows_every_section(open_app: OpenApp, sqlite_url: str) -> None:
    """With a month of mixed traffic the page has all its sections and no error."""
    write(sqlite_url, month(datetime.now(UTC).date(), 400))
    rolled(sqlite_url)
    app = open_app(sqlite_url, "spend")
    assert not app.exception
    assert not app.error
    assert [header.value for header in app.subheader] == [
        "Spend by day",
        "Allocation",
        "How sure the costs are",
    ]


def test_requests_without_sums_say_how_to_make_them(open_app: OpenApp, sqlite_url: str) -> None:
    """A ledger that was never rolled up shows no figures, and is not said to be empty."""
    write(sqlite_url, month(date(2026, 11, 20), 20))
    app = open_app(sqlite_url, "spend")
    assert "No sums yet" in app.info[0].value
    assert not app.metric


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_ledger_says_what_to_do(open_app: OpenApp, sqlite_url: str, page: str) -> None:
    """No rows: no figures, and the words for a first request."""
    write(sqlite_url, [])
    app = open_app(sqlite_url, page)
    assert not app.exception
    assert app.info[0].value.startswith("**No request")
    assert not app.metric


@pytest.mark.parametrize("page", PAGES)
def test_a_missing_ledger_says_what_to_do(open_app: OpenApp, tmp_path: Path, page: str) -> None:
    """No SQLite file: every page says so and creates none."""
    path = tmp_path / "nowhere" / "ledger.sqlite"
    app = open_app(f"sqlite:///{path}", page)
    assert not app.exception
    assert "No ledger here yet" in app.info[0].value
    assert not path.parent.exists()


def test_a_database_that_is_away_hides_no_password(open_app: OpenApp) -> None:
    """A server that refuses gives an error with its address, and without the password."""
    app = open_app("postgresql://reader:hunter2@127.0.0.1:9/ledger", "spend")
    assert not app.exception
    assert "cannot be read right now" in app.error[0].value
    shown = " ".join(block.value for block in app.code)
    assert "reader:***@127.0.0.1:9/ledger" in shown
    assert "hunter2" not in shown
