"""The sums of the dashboard, checked against sums made by hand, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.access import LOCAL
from dashboard.filters import CostFilter, Filters, Source
from dashboard.ledger import reading
from dashboard.palette import NO_ANSWER
from dashboard.queries import breakdowns, measures, requests, selection
from dashboard.queries.breakdowns import Cell, Paid, Tally
from router.domain.kinds import AttemptStatus, CostState, Outcome, Verdict
from tests.dashboard.ledger_month import month
from tests.dashboard.ledger_rows import Rows, a_request, an_attempt, write

BIG = 3_000_000_000_000_000_001
"""Beyond what a float holds exactly, and under a third of what 64 bits hold."""


def _ledger() -> list[Rows]:
    small = a_request(id="1", started_us=1, day="2026-11-01", cost_pico=7, baseline_pico=100)
    frontier = a_request(
        id="2", started_us=2, day="2026-11-02", tier="frontier", model="gpt-frontier", team="research",
        cost_pico=BIG, baseline_pico=BIG + 50, simulated=True, attempts=2, verdict=None,
        outcome=Outcome.ESCALATED,
    )  # fmt: skip
    unpriced = a_request(
        id="3", started_us=3, day="2026-11-02", cost_pico=None, cost_state=CostState.UNPRICED,
        baseline_pico=900, outcome=Outcome.UNVERIFIED, verdict=Verdict.UNVERIFIED,
    )  # fmt: skip
    refused = a_request(
        id="4", started_us=4, day="2026-11-03", tier=None, model=None, endpoint=None, cost_pico=0,
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


def test_totals_are_exact_integers(filled: str) -> None:
    """Every measure is the sum made by hand, to the last pico-dollar, unknown parts left out and counted."""
    with reading(filled, LOCAL) as connection:
        found = measures.totals(connection, Filters())
    assert found == measures.Measures(
        requests=4,
        answered=3,
        simulated=1,
        spend=BIG + 7,
        simulated_spend=BIG,
        unknown_cost=1,
        estimated_cost=0,
        compared=2,
        compared_cost=BIG + 7,
        baseline=BIG + 150,
    )
    assert found.saving == 143


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(), "4321"),
        (Filters(first_day=date(2026, 11, 2), last_day=date(2026, 11, 2)), "32"),
        (Filters(team="research"), "2"),
        (Filters(tier="small"), "31"),
        (Filters(tier=NO_ANSWER), "4"),
        (Filters(source=Source.SIMULATED), "2"),
        (Filters(source=Source.REAL), "431"),
        (Filters(outcome="refused"), "4"),
        (Filters(cost=CostFilter.UNKNOWN), "3"),
        (Filters(cost=CostFilter.KNOWN, team="support"), "41"),
        (Filters(cost=CostFilter.ESTIMATED), ""),
        (Filters(team="' or 1=1 --"), ""),
    ],
)
def test_filters_leave_the_right_requests(filled: str, filters: Filters, ids: str) -> None:
    """The list holds the requests that the filters leave, newest first, and the count agrees."""
    with reading(filled, LOCAL) as connection:
        found = requests.recent(connection, filters, limit=10, offset=0)
        assert [item.id for item in found] == list(ids)
        assert requests.how_many(connection, filters) == len(ids)


def test_paid_counts_attempts_where_they_were_made(filled: str) -> None:
    """An escalated request's first attempt is paid to the model that was called first."""
    with reading(filled, LOCAL) as connection:
        found = breakdowns.paid_to(connection, Filters(team="research"))
    assert found == [
        Paid("frontier", "gpt-frontier", True, 1, 0, 100, 50, BIG - 1, 0),
        Paid("small", "smollm2-135m", True, 1, 0, 100, 50, 1, 0),
    ]


def test_breakdowns_by_day_team_and_result(filled: str) -> None:
    """Days, teams, outcomes and verdicts are counted by the tier that answered."""
    with reading(filled, LOCAL) as connection:
        days = breakdowns.day_cells(connection, Filters())
        teams = {(cell.name, cell.tier): cell.spend for cell in breakdowns.team_cells(connection, Filters())}
        outcomes = breakdowns.outcomes(connection, Filters())
        verdicts = breakdowns.verdicts(connection, Filters())
    assert set(days) == {
        Cell("2026-11-01", "small", 1, 7, 0),
        Cell("2026-11-02", "frontier", 1, BIG, 0),
        Cell("2026-11-02", "small", 1, None, 1),
        Cell("2026-11-03", NO_ANSWER, 1, 0, 0),
    }
    assert [cell.name for cell in days] == sorted(cell.name for cell in days)
    assert teams == {("research", "frontier"): BIG, ("support", "small"): 7, ("support", NO_ANSWER): 0}
    assert Tally(NO_ANSWER, "refused", 1) in outcomes
    assert Tally("frontier", None, 1) in verdicts


def test_every_breakdown_adds_up_to_the_total(ledger_url: str) -> None:
    """On a month of traffic, tiers, teams, days and known attempts add up to the same money and requests."""
    write(ledger_url, month(date(2026, 11, 20), 800))
    with reading(ledger_url, LOCAL) as connection:
        total = measures.totals(connection, Filters())
        for groups in (measures.by_team, measures.by_tier):
            parts = [group.measures for group in groups(connection, Filters())]
            assert sum(part.spend or 0 for part in parts) == total.spend
            assert sum(part.saving or 0 for part in parts) == total.saving
            assert sum(part.unknown_cost for part in parts) == total.unknown_cost > 0
        for cells in (breakdowns.day_cells, breakdowns.team_cells):
            assert sum(cell.spend or 0 for cell in cells(connection, Filters())) == total.spend
        known = Filters(cost=CostFilter.KNOWN)
        assert sum(paid.spend or 0 for paid in breakdowns.paid_to(connection, known)) == total.spend
        for tallies in (breakdowns.outcomes, breakdowns.verdicts, breakdowns.cost_states):
            assert sum(tally.requests for tally in tallies(connection, Filters())) == total.requests


def test_sums_beyond_64_bits_are_exact(ledger_url: str) -> None:
    """Three requests of nearly the largest storable cost add up to the last pico-dollar in every view."""
    most = 9_223_372_036_854_775_807
    write(
        ledger_url,
        [
            (a_request(id=name, cost_pico=most, baseline_pico=most - 1, simulated=True),
             (an_attempt(request_id=name, cost_pico=most),))
            for name in "123"
        ],
    )  # fmt: skip
    with reading(ledger_url, LOCAL) as connection:
        total = measures.totals(connection, Filters())
        [day] = breakdowns.day_cells(connection, Filters())
        [paid] = breakdowns.paid_to(connection, Filters())
    assert (total.spend, total.simulated_spend, total.compared_cost) == (3 * most, 3 * most, 3 * most)
    assert (total.baseline, total.saving) == (3 * most - 3, -3)
    assert (day.spend, paid.spend) == (3 * most, 3 * most)


def test_a_story_is_the_rows_as_written(filled: str) -> None:
    """A request comes back field by field with its attempts in order; an unknown id is None."""
    request, attempts = _ledger()[1]
    with reading(filled, LOCAL) as connection:
        found = requests.story(connection, "2")
        assert found == requests.Story(request, attempts)
        assert requests.story(connection, "5") is None


def test_an_empty_ledger_has_no_sums(ledger_url: str) -> None:
    """Without rows sums are unknown, not zero, and there is no newest request."""
    write(ledger_url, [])
    with reading(ledger_url, LOCAL) as connection:
        found = measures.totals(connection, Filters())
        assert (found.requests, found.spend, found.baseline, found.saving) == (0, None, None, None)
        assert selection.newest(connection) is None
        assert selection.oldest_day(connection) is None
        assert selection.teams(connection) == []
