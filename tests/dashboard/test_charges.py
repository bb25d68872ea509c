"""Charges broken down, checked against sums made by hand and against the ledger, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import create_engine, select

from dashboard.access import LOCAL
from dashboard.filters import NOT_NAMED, Filters, Source
from dashboard.ledger import reading
from dashboard.queries import charges, rolled
from dashboard.queries.charges import Cell, Sums
from router.domain.kinds import AttemptStatus, CostState, Outcome, Verdict
from router.domain.teams import Team
from router.record.tables import attempts, requests
from tests.dashboard.ledger_month import month
from tests.dashboard.ledger_rows import (
    FRONTIER,
    NO_PRICE,
    Rows,
    a_request,
    an_attempt,
    prices,
    write,
)
from tests.dashboard.ledger_rows import rolled as roll_up
from tests.record.rows import judge_call

_TAGS = '{"cost_centre":"4100","session":"x"}'
_SMALL = 100 * 20_000 + 50 * 60_000
"""What the plain attempt costs: 100 tokens in and 50 out at the small model's prices."""
_LARGE = 100 * FRONTIER.input + 50 * FRONTIER.output


def _ledger() -> list[Rows]:
    escalated = a_request(
        id="2", day="2026-10-27", started_us=1_793_100_000_000_000, tier="frontier", model=FRONTIER.model,
        team="research", workload="triage", tags=_TAGS, attempts=2, answered_n=2, outcome=Outcome.ESCALATED,
        cost_pico=_SMALL + _LARGE,
    )  # fmt: skip
    unpriced = a_request(id="3", cost_pico=None, cost_state=CostState.UNPRICED)
    return [
        (a_request(id="1"), (an_attempt(request_id="1"),)),
        (escalated, (
            an_attempt(request_id="2", n=1, verdict=Verdict.FAILED),
            an_attempt(request_id="2", n=2, tier="frontier", model=FRONTIER.model, cost_pico=_LARGE,
                       simulated=True, **prices(FRONTIER)),
        )),
        (unpriced, (an_attempt(request_id="3", cost_pico=None, cost_state=CostState.UNPRICED, **NO_PRICE,
                               status=AttemptStatus.OK),)),
    ]  # fmt: skip


@pytest.fixture
def filled(ledger_url: str) -> str:
    write(ledger_url, _ledger(), (), [judge_call("1", 1, tier="reasoning", model="judge")])
    roll_up(ledger_url, tags=("cost_centre",))
    return ledger_url


def test_totals(filled: str) -> None:
    """Retries, rejected answers and judging are in the sum and apart from it; an unknown cost is in none."""
    with reading(filled, LOCAL) as connection:
        found = charges.totals(connection, Filters())
        [judging] = [c for c in charges.parts(connection, Filters(), "model") if c.name == "judge"]
    assert judging.sums.spend > 0
    assert found == Sums(
        spend=2 * _SMALL + _LARGE + judging.sums.spend,
        beside=_SMALL + judging.sums.spend,
        simulated=_LARGE + (judging.sums.simulated or 0),
        listed=None,
        attempts=5,
        unknown=1,
    )
    assert Sums(attempts=2, unknown=2).known is None
    assert Sums(attempts=2, unknown=1).known == 0


def test_parts(filled: str) -> None:
    """Parts are by the tier and model that was called; what nobody named has no name, and is there."""
    with reading(filled, LOCAL) as connection:
        workloads = charges.parts(connection, Filters(tier="small"), "workload")
        tagged = charges.parts(connection, Filters(tier="frontier"), f"{charges.TAG}cost_centre")
        assert charges.tag_names(connection, Filters()) == ["cost_centre"]
        assert charges.tag_names(connection, Filters(team=Team("acme", "support"))) == []
    assert {(cell.name, cell.sums.spend) for cell in workloads} == {(None, _SMALL), ("triage", _SMALL)}
    assert [(cell.name, cell.sums.spend) for cell in tagged] == [("4100", _LARGE)]


@pytest.mark.parametrize(
    ("filters", "spend"),
    [
        (Filters(team=Team("acme", "research")), _SMALL + _LARGE),
        (Filters(workload="triage"), _SMALL + _LARGE),
        (Filters(workload=NOT_NAMED, tier="small"), _SMALL),
        (Filters(model=FRONTIER.model), _LARGE),
        (Filters(tier="frontier", source=Source.REAL), 0),
        (Filters(first_day=date(2026, 10, 27), last_day=date(2026, 10, 27)), _SMALL + _LARGE),
        (Filters(team=Team("acme", "' or 1=1 --")), 0),
        (Filters(team=Team("globex", "research")), 0),
    ],
)
def test_filters(filled: str, filters: Filters, spend: int) -> None:
    """Each filter leaves its charges and no other."""
    with reading(filled, LOCAL) as connection:
        assert charges.totals(connection, filters).spend == spend


def test_one_day_by_the_hour(filled: str) -> None:
    """A day's hours are those of the requests' start, and add up to the day."""
    day = Filters(first_day=date(2026, 10, 27), last_day=date(2026, 10, 27))
    with reading(filled, LOCAL) as connection:
        hours = charges.by_hour(connection, day)
        days = charges.by_day(connection, day)
    assert [(cell.name, cell.tier) for cell in hours] == [("11", "frontier"), ("11", "small")]
    assert [cell.sums for cell in hours] == [cell.sums for cell in days]


def test_every_breakdown_adds_up_to_the_ledger(ledger_url: str) -> None:
    """On a month of traffic every breakdown comes to the ledger's attempts, to the pico-dollar."""
    write(ledger_url, month(date(2026, 11, 20), 800))
    roll_up(ledger_url)
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        costs = connection.execute(select(attempts.c.cost_pico)).scalars().all()
        asked = connection.execute(select(requests.c.attempts)).scalars().all()
    engine.dispose()
    with reading(ledger_url, LOCAL) as connection:
        total = charges.totals(connection, Filters())
        views = [charges.parts(connection, Filters(), by) for by in charges.BY]
        views.append(charges.by_day(connection, Filters()))
        states = charges.cost_states(connection, Filters())
        names = rolled.names(connection)
    assert total.spend == sum(cost for cost in costs if cost is not None)
    assert (total.attempts, total.unknown) == (sum(asked), costs.count(None))
    assert total.attempts == sum(states.values())
    for cells in views:
        assert _whole(cells) == total
    assert [*names.teams] == ["platform-engineering", "research", "support"]
    assert names.workloads == ("ticket-triage",)


def test_names_of_what_is_not_rolled_yet(ledger_url: str) -> None:
    """A team of today is offered before its sums are made, and one without sums at all."""
    write(ledger_url, _ledger())
    with reading(ledger_url, LOCAL) as connection:
        assert [*rolled.names(connection).teams] == []
        assert [*rolled.names_with_new(connection).teams] == ["research", "support"]


def _whole(cells: list[Cell]) -> Sums:
    total = Sums()
    for cell in cells:
        total = total.plus(cell.sums)
    return total
