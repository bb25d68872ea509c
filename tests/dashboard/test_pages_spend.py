"""The Spend page says what the ledger says, and says so when it cannot."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from router.domain.kinds import CostState
from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_month import month
from tests.dashboard.ledger_rows import Rows, a_request, an_attempt, write

DOLLAR = 10**12


def _rows(*changes: dict[str, object]) -> list[Rows]:
    found: list[Rows] = []
    for number, change in enumerate(changes):
        request = a_request(id=f"id-{number}", **change)
        attempt = an_attempt(
            request_id=request.id,
            tier=request.tier or "small",
            cost_pico=request.cost_pico,
            cost_state=request.cost_state,
            simulated=request.simulated,
        )
        found.append((request, (attempt,)))
    return found


def _metric(app: AppTest, label: str) -> tuple[str, str]:
    metric = next(metric for metric in app.metric if metric.label == label)
    return metric.value, metric.delta


def _html(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.html)


def test_headline_is_the_exact_sum(open_app: OpenApp, sqlite_url: str) -> None:
    """Spend, baseline, saving and requests on screen are the ledger's sums."""
    write(
        sqlite_url,
        _rows(
            {"cost_pico": 3 * DOLLAR, "baseline_pico": 20 * DOLLAR},
            {"cost_pico": 9 * DOLLAR, "baseline_pico": 20 * DOLLAR, "tier": "frontier"},
        ),
    )
    app = open_app(sqlite_url, period="all")
    assert not app.exception
    assert _metric(app, "Spend") == ("$12.00", "all costs known")
    assert _metric(app, "Baseline") == ("$40.00", "2 requests compared")
    assert _metric(app, "Saving, gross") == ("$28.00", "70.0 % of baseline")
    assert _metric(app, "Requests") == ("2", "2 answered")
    assert _metric(app, "Simulated") == ("0 %", "0 of 2 answers")


def test_an_unknown_cost_is_an_error_state_and_never_zero(open_app: OpenApp, sqlite_url: str) -> None:
    """A team whose only request has no price shows a red `unknown`; the headline says what is missing."""
    write(
        sqlite_url,
        _rows(
            {"cost_pico": 3 * DOLLAR},
            {"team": "dark", "cost_pico": None, "cost_state": CostState.UNPRICED, "baseline_pico": None},
        ),
    )
    app = open_app(sqlite_url, period="all")
    assert _metric(app, "Cost unknown") == ("50.0 %", "1 request")
    assert _metric(app, "Spend") == ("$3.0000", "at least: 1 unknown")
    assert '<td>dark</td><td class="num">1</td><td class="num alarm">unknown</td>' in _html(app)

    app = open_app(sqlite_url, period="all", team="dark")
    assert _metric(app, "Spend") == ("unknown", "at least: 1 unknown")
    assert _metric(app, "Saving, gross")[0] == "unknown"


def test_simulated_answers_are_named_so(open_app: OpenApp, sqlite_url: str) -> None:
    """Money that nobody will be billed for carries a warning with its amount."""
    write(sqlite_url, _rows({"simulated": True, "cost_pico": 2 * DOLLAR}, {"cost_pico": DOLLAR}))
    app = open_app(sqlite_url, period="all")
    assert _metric(app, "Simulated") == ("50.0 %", "1 of 2 answers")
    assert r"\$2.0000 will be on no invoice" in app.warning[0].value


@pytest.mark.parametrize(
    ("query", "requests"),
    [
        ({"team": "support"}, "2"),
        ({"tier": "frontier"}, "1"),
        ({"tier": "no answer"}, "1"),
        ({"team": "research", "tier": "small"}, None),
    ],
)
def test_the_url_filters(
    open_app: OpenApp, sqlite_url: str, query: dict[str, str], requests: str | None
) -> None:
    """A link with team and tier shows the requests of both and nothing else, or says that none match."""
    write(
        sqlite_url,
        _rows({}, {"tier": "frontier", "team": "research"}, {"tier": None, "model": None, "cost_pico": 0}),
    )
    app = open_app(sqlite_url, period="all", **query)
    if requests is None:
        assert "No request matches" in app.info[0].value
    else:
        assert _metric(app, "Requests")[0] == requests
    assert {key: app.query_params[key] for key in query} == query


def test_nonsense_in_the_url_is_dropped(open_app: OpenApp, sqlite_url: str) -> None:
    """Unknown periods, teams and tiers are dropped from the page and from the URL, and the page says so."""
    write(sqlite_url, month(datetime.now(UTC).date(), 40))
    app = open_app(sqlite_url, period="'; drop table", team="<script>", tier="7", source="??", stray="1")
    assert not app.exception
    assert _metric(app, "Requests")[0] == "40"
    assert not {"period", "team", "tier", "source"} & set(app.query_params)
    notices = [warning.value for warning in app.warning]
    assert [" by the team " in notice for notice in notices] == [False, True, False, False]
    assert r"\<script\>" in notices[1]


def test_a_known_value_in_the_url_needs_no_notice(open_app: OpenApp, sqlite_url: str) -> None:
    """A link to an existing team says nothing of dropped filters."""
    write(sqlite_url, _rows({}, {"team": "research"}))
    app = open_app(sqlite_url, period="all", team="research", tier="small", source="not simulated")
    assert not app.exception
    assert not app.warning


def test_names_are_not_markup(open_app: OpenApp, sqlite_url: str) -> None:
    """A team named like a script tag is text on the page."""
    write(sqlite_url, _rows({"team": "<script>alert(1)</script>"}))
    shown = _html(open_app(sqlite_url, period="all"))
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_a_month_shows_every_section(open_app: OpenApp, sqlite_url: str) -> None:
    """With a month of mixed traffic the page has all its sections and no error."""
    write(sqlite_url, month(datetime.now(UTC).date(), 400))
    app = open_app(sqlite_url)
    assert not app.exception
    assert not app.error
    titles = [header.value for header in app.subheader]
    assert titles == [
        "Spend by day", "Spend by tier", "Spend by team", "Paid to models", "Outcomes", "Verdicts",
        "How sure the costs are",
    ]  # fmt: skip


def test_an_empty_ledger_says_what_to_do(open_app: OpenApp, sqlite_url: str) -> None:
    """No rows: no figures, and the words for a first request."""
    write(sqlite_url, [])
    app = open_app(sqlite_url)
    assert not app.exception
    assert "No requests yet" in app.info[0].value
    assert not app.metric


@pytest.mark.parametrize("page", ["spend", "savings", "quality", "requests", "close", "request"])
def test_a_missing_ledger_says_what_to_do(open_app: OpenApp, tmp_path: Path, page: str) -> None:
    """No SQLite file: every page says so and creates none."""
    path = tmp_path / "nowhere" / "ledger.sqlite"
    app = open_app(f"sqlite:///{path}", page)
    assert not app.exception
    assert "No ledger here yet" in app.info[0].value
    assert not path.parent.exists()


def test_a_database_that_is_away_hides_no_password(open_app: OpenApp) -> None:
    """A server that refuses gives an error with its address, and without the password."""
    app = open_app("postgresql://reader:hunter2@127.0.0.1:9/ledger")
    assert not app.exception
    assert "cannot be read right now" in app.error[0].value
    shown = " ".join(block.value for block in app.code)
    assert "reader:***@127.0.0.1:9/ledger" in shown
    assert "hunter2" not in shown
