"""Filters and single requests in SQL, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dashboard.access import LOCAL
from dashboard.filters import NOT_NAMED, CostFilter, Filters, Source
from dashboard.ledger import reading
from dashboard.palette import NO_ANSWER
from dashboard.queries import policies, request_days, requests, selection
from router.domain.kinds import AttemptStatus, CostState, Outcome, Verdict
from router.domain.teams import Team
from tests.dashboard.ledger_rows import Rows, a_request, an_attempt, rolled, write

BIG = 3_000_000_000_000_000_001
"""Beyond what a float holds exactly, and under a third of what 64 bits hold."""


def _day(n: int) -> dict[str, Any]:
    """The columns of when a request started: the morning of the nth of November 2026."""
    return {"started_us": 1_793_491_200_000_000 + (n - 1) * 86_400_000_000 + n, "day": f"2026-11-0{n}"}


def _ledger() -> list[Rows]:
    small = a_request(id="1", **_day(1), cost_pico=7, baseline_pico=100)
    frontier = a_request(
        id="2", **_day(2), tier="frontier", model="gpt-frontier", team="research",
        cost_pico=BIG, baseline_pico=BIG + 50, simulated=True, attempts=2, verdict=None,
        outcome=Outcome.ESCALATED,
    )  # fmt: skip
    unpriced = a_request(
        id="3", **_day(2), cost_pico=None, cost_state=CostState.UNPRICED,
        baseline_pico=900, outcome=Outcome.UNVERIFIED, verdict=Verdict.UNVERIFIED, workload="triage",
    )  # fmt: skip
    refused = a_request(
        id="4", **_day(3), tier=None, model=None, endpoint=None, cost_pico=0,
        cost_state=CostState.FREE, baseline_model=None, baseline_pico=None, attempts=0, verdict=None,
        outcome=Outcome.REFUSED,
    )  # fmt: skip
    return [
        (small, (an_attempt(request_id="1", cost_pico=7),)),
        (frontier, (
            an_attempt(request_id="2", n=1, cost_pico=1, verdict=Verdict.FAILED, simulated=True),
            an_attempt(request_id="2", n=2, tier="frontier", model="gpt-frontier", cost_pico=BIG - 1,
                       simulated=True),
        )),
        (unpriced, (an_attempt(request_id="3", cost_pico=None, uncached_input=None, output=None,
                               status=AttemptStatus.ERROR),)),
        (refused, ()),
    ]  # fmt: skip


@pytest.fixture
def filled(ledger_url: str) -> str:
    write(ledger_url, _ledger())
    return ledger_url


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(), "4321"),
        (Filters(first_day=date(2026, 11, 2), last_day=date(2026, 11, 2)), "32"),
        (Filters(team=Team("acme", "research")), "2"),
        (Filters(tier="small"), "31"),
        (Filters(model="gpt-frontier"), "2"),
        (Filters(project="helpdesk", team=Team("acme", "support")), "431"),
        (Filters(workload="triage"), "3"),
        (Filters(workload=NOT_NAMED), "421"),
        (Filters(tier=NO_ANSWER), "4"),
        (Filters(source=Source.SIMULATED), "2"),
        (Filters(source=Source.REAL), "431"),
        (Filters(outcome="refused"), "4"),
        (Filters(cost=CostFilter.UNKNOWN), "3"),
        (Filters(cost=CostFilter.KNOWN, team=Team("acme", "support")), "41"),
        (Filters(cost=CostFilter.ESTIMATED), ""),
        (Filters(team=Team("acme", "' or 1=1 --")), ""),
        (Filters(team=Team("globex", "research")), ""),
    ],
)
def test_filters_leave_the_right_requests(filled: str, filters: Filters, ids: str) -> None:
    """The list holds the requests that the filters leave, newest first, and the count agrees: of the ledger,
    and of its sums once there are any."""
    with reading(filled, LOCAL) as connection:
        found = requests.recent(connection, filters, limit=10, offset=0)
        assert [item.id for item in found] == list(ids)
        booked = request_days.counted(connection, filters)
    rolled(filled)
    with reading(filled, LOCAL) as connection:
        assert booked == request_days.counted(connection, filters)
    assert booked.requests == len(ids)


def test_a_story_is_the_rows_as_written(filled: str) -> None:
    """A request comes back field by field with its attempts in order; an unknown id is None."""
    request, attempts = _ledger()[1]
    with reading(filled, LOCAL) as connection:
        found = requests.story(connection, "2")
        assert found == requests.Story(request, attempts)
        assert requests.story(connection, "5") is None


def test_only_the_newest_decisions_are_counted(filled: str) -> None:
    """Rules are counted in single requests: as many as may be read, from the newest on."""
    with reading(filled, LOCAL) as connection:
        assert sum(one.requests for one in policies.decided(connection, 0)) == 4
        [newest] = policies.decided(connection, 0, most=1)
    assert (newest.requests, newest.newest_us) == (1, _day(3)["started_us"])


def test_an_empty_ledger_has_no_sums(ledger_url: str) -> None:
    """Without rows there is no newest request, no day and no baseline."""
    write(ledger_url, [])
    with reading(ledger_url, LOCAL) as connection:
        assert selection.newest(connection) is None
        assert selection.oldest_day(connection) is None
        assert selection.baseline_models(connection, Filters()) == []
