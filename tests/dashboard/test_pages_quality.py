"""The Quality page on small ledgers whose shares and costs are worked out by hand."""

from __future__ import annotations

from sqlalchemy import create_engine
from streamlit.testing.v1 import AppTest

from router.books.rollups.roll import mark_all
from router.domain.kinds import Verdict
from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_rows import REASONING, Opinion, a_request, an_attempt, rolled, write
from tests.record.rows import feedback, judgement

_COST = 2_000_000_000


def _fill(url: str) -> None:
    """Small: 3 of 4 passed; reasoning: 1 without a verdict, judged a tie, and reported bad."""
    verdicts = [Verdict.PASSED, Verdict.PASSED, Verdict.PASSED, Verdict.FAILED, None]
    rows = []
    for number, verdict in enumerate(verdicts):
        who = {"tier": "reasoning", "model": REASONING.model, "task": "math"} if verdict is None else {}
        request = a_request(
            id=f"r{number}", verdict=verdict, cost_pico=_COST, team=f"team-{number % 2}", **who
        )
        rows.append((request, (an_attempt(request_id=f"r{number}", cost_pico=_COST),)))
    opinions: list[Opinion] = [judgement("r4", 1, outcome="tie"), feedback("r4", 1, thumb="down")]
    write(url, rows, (), opinions)


def _cards(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def _html(app: AppTest) -> str:
    return " ".join(str(block.proto.body) for block in app.html)


def test_the_three_kinds_stay_apart(open_app: OpenApp, ledger_url: str) -> None:
    """Each has its own n, share and cost per accepted outcome: all looked at over the good ones."""
    _fill(ledger_url)
    rolled(ledger_url)
    app = open_app(ledger_url, "quality", period="all")
    assert not app.exception
    cards = _cards(app)
    assert cards["Per verified outcome"] == ("$0.002667", "75.0 % good, n = 4")
    assert cards["Per judged outcome"] == ("$0.002000", "100 % good, n = 1")
    assert cards["Per reported outcome"] == ("–", "0 % good, n = 1")
    assert cards["Per request"] == ("$0.002000", "5 of known cost")
    assert "30.1 to 95.4 %" in _html(app)


def test_by_task_and_by_team(open_app: OpenApp, sqlite_url: str) -> None:
    """The break-down and the team come from the address; a basis that looked at none says so."""
    _fill(sqlite_url)
    rolled(sqlite_url)
    app = open_app(sqlite_url, "quality", period="all", by="task", team="team-1")
    assert not app.exception
    assert _cards(app)["Per verified outcome"][1] == "50.0 % good, n = 2"
    assert "classification" in _html(app)
    assert [info.value for info in app.info] == [
        "No answer of this view was judged.", "No answer of this view was reported.",
    ]  # fmt: skip


def test_requests_without_sums_say_how_to_make_them(open_app: OpenApp, sqlite_url: str) -> None:
    """A ledger that was never rolled up has no quality to show yet, and is not said to be empty."""
    _fill(sqlite_url)
    app = open_app(sqlite_url, "quality")
    assert not app.exception
    assert "No sums yet" in app.info[0].value
    assert app.code[0].value == "tiergate books roll"
    assert not app.metric


def test_changes_since_the_sums_are_said(open_app: OpenApp, sqlite_url: str) -> None:
    """Hours that changed since are counted beside the time of the sums."""
    _fill(sqlite_url)
    rolled(sqlite_url)
    engine = create_engine(sqlite_url)
    mark_all(engine)
    engine.dispose()
    app = open_app(sqlite_url, "quality", period="all")
    assert any("1 hour has changed since" in caption.value for caption in app.caption)


def test_simulated_answers_are_announced(open_app: OpenApp, sqlite_url: str) -> None:
    """Quality of simulated upstreams is nobody's."""
    write(sqlite_url, [(a_request(simulated=True), (an_attempt(simulated=True),))])
    rolled(sqlite_url)
    app = open_app(sqlite_url, "quality", period="all")
    assert "1 of 1 answers came from simulated" in app.warning[0].value
