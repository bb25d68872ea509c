"""The Savings page on small ledgers whose bands are worked out by hand."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_rows import Rows, a_request, an_attempt, rolled, write
from tests.record.rows import judge_call

_CENT = 10_000_000_000


def _rows(number: int, start: int = 0, **changes: object) -> list[Rows]:
    """Answers that cost $0.20 each, and would have cost $1.00."""
    return [
        (
            a_request(**{"id": f"r{n}", "cost_pico": 20 * _CENT, "baseline_pico": 100 * _CENT, **changes}),
            (an_attempt(request_id=f"r{n}", cost_pico=changes.get("cost_pico", 20 * _CENT)),),
        )
        for n in range(start, start + number)
    ]


def _cards(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def _html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.html)


def test_gross_net_and_bands(open_app: OpenApp, ledger_url: str) -> None:
    """Of 20 requests, unmeasured lengths: give or take 30%; a judge's dollar is overhead."""
    rows = _rows(12) + _rows(8, 12, team="legal", baseline_pico=10 * _CENT)
    write(ledger_url, rows, (), [judge_call("r0", 1, cost_pico=100 * _CENT)])
    rolled(ledger_url)
    app = open_app(ledger_url, "savings", period="all")
    assert not app.exception
    cards = _cards(app)
    assert cards["Baseline"] == ("$12.80", r"\$8.96 to \$16.64")
    assert cards["Saving, gross"] == ("$8.80", r"\$4.96 to \$12.64")
    assert cards["Overhead"] == ("$1.00", "11.4 % of the gross saving")
    assert cards["Saving, net"] == ("$7.80", r"\$3.96 to \$11.64")
    assert any("give or take 30%" in caption.value for caption in app.caption)
    assert '<td class="num alarm">-$0.80</td>' in _html(app)  # legal
    assert "No holdout to measure with" in app.info[0].value


def test_a_holdout_is_measured(open_app: OpenApp, sqlite_url: str) -> None:
    """30 requests of either arm, $0.80 apart: $24.00 on the 30 that were routed, without a spread."""
    write(sqlite_url, _rows(30, holdout=False) + _rows(30, 30, holdout=True, cost_pico=100 * _CENT))
    rolled(sqlite_url)
    app = open_app(sqlite_url, "savings", period="all", by="tier")
    assert not app.exception
    shown = _html(app)
    assert "30 held out, 30 routed" in shown
    assert shown.count('<td class="num">$24.00</td>') >= 3
    assert not app.info


def test_nothing_to_compare(open_app: OpenApp, sqlite_url: str) -> None:
    """Without a baseline there is no saving, and the page says how to declare one."""
    write(sqlite_url, _rows(2, baseline_pico=None, baseline_model=None))
    rolled(sqlite_url)
    app = open_app(sqlite_url, "savings", period="all")
    assert not app.exception
    assert "Nothing to compare" in app.info[0].value
    assert not app.metric


def test_other_days(open_app: OpenApp, sqlite_url: str) -> None:
    """A period without requests says so."""
    write(sqlite_url, _rows(2))
    rolled(sqlite_url)
    app = open_app(sqlite_url, "savings", period="today")
    assert "No request matches" in app.info[0].value


def test_not_summed_yet(open_app: OpenApp, sqlite_url: str) -> None:
    """A ledger that was never rolled up shows no figures, and is not said to be empty."""
    write(sqlite_url, _rows(2))
    app = open_app(sqlite_url, "savings", period="all")
    assert not app.exception and not app.metric
    assert "tiergate books roll" in " ".join(one.value for one in (*app.info, *app.markdown, *app.code))
