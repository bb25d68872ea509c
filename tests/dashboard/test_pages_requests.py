"""The list of requests and the story of one of them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, insert

from dashboard import request_list
from dashboard.queries.requests import Listed
from router.domain.corrections import CorrectionRecord
from router.domain.kinds import AttemptStatus, CostState, Outcome
from router.domain.records import VerdictRecord
from router.domain.teams import Team, TeamNames
from router.record.tables import corrections, verdicts
from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_month import month
from tests.dashboard.ledger_rows import a_request, an_attempt, rolled, write
from tests.record import rows

START_US = 1_793_000_000_000_000
"""On the day that `a_request` says."""


def test_the_list_is_newest_first_and_paged(open_app: OpenApp, sqlite_url: str) -> None:
    """Page 1 holds the 25 newest requests, page 2 the next ones."""
    write(
        sqlite_url,
        [(a_request(id=f"id-{n:02}", started_us=START_US + n), ()) for n in range(30)],
    )
    first = open_app(sqlite_url, "requests", period="all")
    assert not first.exception
    assert len(first.dataframe[0].value) == 25
    assert "**30** requests" in first.markdown[0].value
    second = open_app(sqlite_url, "requests", period="all", page="2")
    assert len(second.dataframe[0].value) == 5


def test_unknown_and_estimated_costs_are_told_from_known_ones(open_app: OpenApp, sqlite_url: str) -> None:
    """The cost column says unknown with its reason, or marks an estimate."""
    write(
        sqlite_url,
        [
            (
                a_request(
                    id="a", started_us=START_US + 3, cost_pico=None, cost_state=CostState.USAGE_MISSING
                ),
                (),
            ),
            (
                a_request(id="b", started_us=START_US + 2, cost_pico=10**12, cost_state=CostState.ESTIMATED),
                (),
            ),
            (a_request(id="c", started_us=START_US + 1, cost_pico=10**12), ()),
        ],
    )
    app = open_app(sqlite_url, "requests", period="all")
    assert list(app.dataframe[0].value["Cost"]) == ["unknown: usage missing", "~$1.0000", "$1.0000"]
    only = open_app(sqlite_url, "requests", period="all", cost="unknown")
    assert len(only.dataframe[0].value) == 1


def test_choosing_a_row_opens_its_story_with_the_filters_kept(open_app: OpenApp, sqlite_url: str) -> None:
    """The id goes into the URL beside the filters, and the page is that request's."""
    write(
        sqlite_url,
        [(a_request(id=name, started_us=START_US + at), ()) for at, name in enumerate(["old", "new"])],
    )
    app = open_app(sqlite_url, "requests", period="all", team="support")
    app.session_state["chosen"] = {"selection": {"rows": [], "columns": [], "cells": [(1, "Tier")]}}
    app.run()
    assert not app.exception
    assert app.title[0].value == "Request"
    assert app.code[0].value == "old"
    assert app.query_params["list"] == "period=all&team=support"


def test_durations_nobody_knows_are_called_unknown(open_app: OpenApp, sqlite_url: str) -> None:
    """A request whose gateway died shows no time as zero, in the list or in its story, and no chart."""
    unknown = {"duration_us": None, "ttft_us": None}
    request = a_request(
        id="r", outcome=Outcome.INTERRUPTED, gateway_us=None, upstream_us=None, tier=None, model=None,
        cost_pico=None, cost_state=CostState.USAGE_MISSING, **unknown,
    )  # fmt: skip
    lost = an_attempt(request_id="r", status=AttemptStatus.INTERRUPTED, cost_pico=None,
                      cost_state=CostState.USAGE_MISSING, **unknown)  # fmt: skip
    write(sqlite_url, [(request, (lost,))])
    app = open_app(sqlite_url, "requests", period="all")
    assert list(app.dataframe[0].value["Latency"]) == ["unknown"]
    app = open_app(sqlite_url, "request", id="r")
    assert not app.exception
    assert "Nobody knows: the gateway stopped before the request ended." in [m.value for m in app.markdown]
    shown = "".join(element.proto.body for element in app.html)
    assert "unknown" in shown and "0 µs" not in shown


def test_when_what_outcome_and_cost_fit_a_telephone() -> None:
    """The first columns of the list, in the 358 pixels that a screen of 390 leaves between its margins."""
    asked = a_request(cost_pico=12_000_000_000)
    listed = Listed(**{name: getattr(asked, name) for name in Listed.__slots__})
    teams = TeamNames([Team(listed.organisation, listed.team)])
    first = list(request_list.rows([listed], teams)[0])[:4]
    assert first == ["UTC", "Tier", "Outcome", "Cost"]
    assert sum(request_list.columns()[name]["width"] for name in first) <= 358


def test_the_story_has_what_the_checks_said(open_app: OpenApp, sqlite_url: str) -> None:
    """Each with its evidence, and whether the caller could have known it."""
    request = a_request(id="r", started_us=1_000_000, duration_us=500_000, verdict="unverified")
    judged = [
        VerdictRecord("r", 1, "constraints", "passed", "1 constraint(s) hold", 40, 1_500_100),
        VerdictRecord("r", 1, "code", "failed", "failed: <b>f(1)</b> is 3", 150_000, 1_900_000),
    ]
    write(sqlite_url, [(request, (an_attempt(request_id="r"),))], judged)
    app = open_app(sqlite_url, "request", id="r")
    assert not app.exception
    assert "What the checks said" in [item.value for item in app.subheader]
    shown = "".join(element.proto.body for element in app.html)
    assert shown.index("before the reply") < shown.index("after the reply")
    assert "failed: &lt;b&gt;f(1)" in shown


def test_the_story_tells_opinions_from_verdicts(open_app: OpenApp, sqlite_url: str) -> None:
    """A judge's opinion, its overhead and every version of a report stand apart, each as what it is."""
    opinions = [
        rows.judgement("r", outcome="inconsistent", second="other", simulated=True, judged_model="smollm2"),
        rows.judge_call("r", 1, cost_pico=7_000_000),
        rows.judge_call("r", 2, status="interrupted", cost_pico=None, cost_state="usage_missing"),
        rows.feedback("r", 1, thumb="down"),
        rows.feedback("r", 2, thumb=None, score=0.75, comment="<i>better</i>", edit_distance=0.5),
    ]
    write(sqlite_url, [(a_request(id="r"), (an_attempt(request_id="r"),))], opinions=opinions)
    app = open_app(sqlite_url, "request", id="r")
    assert not app.exception
    titles = [item.value for item in app.subheader]
    assert "What the checks said" not in titles
    judged = titles.index("What a judging model thought")
    assert titles[judged + 1] == "What people and apps reported"
    shown = "".join(element.proto.body for element in app.html)
    for told in (
        "inconsistent",
        "prefers the answer",
        "prefers the other",
        "gpt-frontier (simulated)",
        "unknown (usage missing)",
        "thumb down (changed since)",
        "score 0.75",
        "&lt;i&gt;better",
    ):
        assert told in shown, told
    assert any("never a verdict" in caption.value for caption in app.caption)


def test_a_story_without_opinions_does_not_mention_them(open_app: OpenApp, sqlite_url: str) -> None:
    """Most requests are neither judged nor reported."""
    write(sqlite_url, [(a_request(id="r"), (an_attempt(request_id="r"),))])
    titles = [item.value for item in open_app(sqlite_url, "request", id="r").subheader]
    assert not any("judging" in title or "reported" in title for title in titles)


def test_a_ledger_of_an_older_version_is_said_to_be_one(open_app: OpenApp, sqlite_url: str) -> None:
    """No figures from half of the tables: what is missing, and what to do about it."""
    write(sqlite_url, [(a_request(id="r"), (an_attempt(request_id="r"),))])
    engine = create_engine(sqlite_url)
    verdicts.drop(engine)
    engine.dispose()
    app = open_app(sqlite_url, "request", id="r")
    assert not app.exception
    assert "its tables are an older version's: verdicts missing" in "".join(code.value for code in app.code)


def test_the_story_shows_what_was_corrected_since(open_app: OpenApp, sqlite_url: str) -> None:
    """Who, why and how much stand below the rows as they were booked, and the headline is the cost now."""
    write(sqlite_url, [(a_request(id="r", cost_pico=5_000_000), (an_attempt(request_id="r"),))])
    row = CorrectionRecord("r", 1, 1, "b", "rerate", 1, "finance", "wrong price", -2_000_000, 0, False,
                           -2_000_000, 0, False, 0, 0, 0, 0, "old", "new", "{}")  # fmt: skip
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(insert(corrections), [asdict(row)])
    engine.dispose()
    app = open_app(sqlite_url, "request", id="r")
    shown = "".join(element.proto.body for element in app.html)
    assert not app.exception and not app.error
    assert "wrong price" in shown and "finance" in shown and "old → new" in shown
    assert "$0.000003" in shown and app.metric[0].value == "$0.000003"
    rolled(sqlite_url)
    spend = open_app(sqlite_url, "spend", period="all")
    assert spend.metric[0].value == "$0.000003"


def test_the_story_has_attempts_with_exact_costs(open_app: OpenApp, sqlite_url: str) -> None:
    """Each attempt is a line with its status and exact cost, and the total is the request's cost."""
    request = a_request(id="r", cost_pico=7_000_000, attempts=2, outcome=Outcome.UNVERIFIED)
    failed = an_attempt(request_id="r", n=1, status=AttemptStatus.TIMEOUT, error="30 s", output=0,
                        cost_pico=2_000_000)  # fmt: skip
    good = an_attempt(request_id="r", n=2)
    write(sqlite_url, [(request, (failed, good))])
    app = open_app(sqlite_url, "request", id="r")
    assert not app.exception
    assert not app.error
    shown = "".join(element.proto.body for element in app.html)
    assert "timeout: 30 s" in shown
    assert [shown.count(f"${cost}</td>") for cost in ("0.000002", "0.000005", "0.000007")] == [4, 2, 2]


def test_a_contradiction_is_an_alarm_on_the_page(open_app: OpenApp, sqlite_url: str) -> None:
    """A stored cost that its tokens and prices do not make is an error at the top, with both figures."""
    request = a_request(id="r", cost_pico=6_000_000)
    write(sqlite_url, [(request, (an_attempt(request_id="r", cost_pico=6_000_000),))])
    app = open_app(sqlite_url, "request", id="r")
    assert not app.exception
    [error] = app.error
    assert "The ledger contradicts itself" in error.value
    assert r"stored cost is \$0.000006, and its tokens and prices make \$0.000005" in error.value


def test_lost_attempts_are_an_alarm_on_the_page(open_app: OpenApp, sqlite_url: str) -> None:
    """A request whose attempts are not in the ledger is never said to have called nobody."""
    write(sqlite_url, [(a_request(id="r"), ())])
    app = open_app(sqlite_url, "request", id="r")
    assert not app.exception
    assert "counts 1 attempt, and the ledger holds 0" in app.error[0].value
    assert not any("No upstream was called" in block.value for block in app.markdown)


@pytest.mark.parametrize("stored", ["", "not json", "[]", '{"candidates": 7, "removed": [3], "signals": []}'])
def test_a_strange_trace_does_not_hide_the_rest(open_app: OpenApp, sqlite_url: str, stored: str) -> None:
    """Whatever the stored decision looks like, the attempts and figures of the request are there."""
    write(sqlite_url, [(a_request(id="r", trace=stored), (an_attempt(request_id="r"),))])
    app = open_app(sqlite_url, "request", id="r")
    assert not app.exception
    assert len(app.metric) == 6
    assert "What was called" in [header.value for header in app.subheader]


def test_an_unknown_id_is_said_to_be_unknown(open_app: OpenApp, sqlite_url: str) -> None:
    """A link to a request that the ledger does not hold says so and shows the id."""
    write(sqlite_url, month(datetime.now(UTC).date(), 5))
    app = open_app(sqlite_url, "request", id="' or 1=1 --")
    assert not app.exception
    assert "knows no request" in app.info[0].value
    assert app.code[0].value == "' or 1=1 --"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_of_a_month_has_a_story(open_app: OpenApp, sqlite_url: str, outcome: Outcome) -> None:
    """A request of each outcome in a plausible month can be opened without an error."""
    rows = month(datetime.now(UTC).date(), 600)
    chosen = next((row for row in rows if row[0].outcome == outcome), None)
    if chosen is None:
        chosen = (a_request(id="gone", outcome=outcome, tier=None, model=None, endpoint=None), ())
    write(sqlite_url, [chosen])
    app = open_app(sqlite_url, "request", id=chosen[0].id)
    assert not app.exception
    assert app.code[0].value == chosen[0].id
