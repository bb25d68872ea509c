"""What the ledger says was spent: unknown costs at their most, corrections, judges, and who made the
calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from router.budgets.accounts import Accounts
from router.budgets.count import Count, count
from router.domain.budget import Account, Budget, Budgets, Scope
from router.domain.budget_period import PeriodKind
from router.record.budget_gateways import close, seen
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.tables import corrections
from router.record.write import LedgerWriter
from tests.budgets.build import budget
from tests.record import rows

BOUND = 500
AT_US = rows.STARTED_US


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Engine]:
    engine = ledger_engine(ledger_url)
    migrate(engine)
    yield engine
    engine.dispose()


def book(engine: Engine, *attempts: dict[str, Any], **request: Any) -> str:
    """A request with these attempts."""
    key = rows.new_id()
    made = [rows.attempt(key, n, **changes) for n, changes in enumerate(attempts, 1)]
    assert LedgerWriter(engine).insert([as_done(rows.request(key, len(made), **request), made)]) == []
    return key


def account(one: Budget) -> Account:
    return Accounts("g").account(one, AT_US)


def counted(engine: Engine, *budgets: Budget) -> Count:
    return count(
        engine, [account(one) for one in budgets], Budgets(budgets, frozenset({"gpu"})), lambda _: BOUND
    )


def outside(engine: Engine, *budgets: Budget, **members: int) -> list[int]:
    found = counted(engine, *budgets)
    return [found.outside(at, members) for at in range(len(budgets))]


UNKNOWN: dict[str, Any] = {"cost_pico": None, "list_pico": None, "cost_state": "usage_missing"}


def test_unknown_costs_count_at_their_most(ledger: Engine) -> None:
    """At what was set aside; without that at the most a call of the endpoint can cost; never at 0."""
    book(ledger, {"cost_pico": 7}, {**UNKNOWN, "reserved_pico": 30, "held_by": "g:1"}, UNKNOWN)
    assert outside(ledger, budget()) == [7 + 30 + BOUND]


def test_only_what_matches_counts(ledger: Engine) -> None:
    """By caller, workload, model, tier and place; judges' calls and other days by their own time."""
    key = book(ledger, {"cost_pico": 1}, {"cost_pico": 2, "model": "big", "tier": "frontier"}, workload="w-1")
    book(ledger, {"cost_pico": 4, "endpoint": "gpu"}, team="other")
    book(ledger, {"cost_pico": 8}, started_us=AT_US - 86_400_000_000)
    call = rows.judge_call(key, cost_pico=16)
    assert LedgerWriter(ledger).insert_later("judge_calls", [astuple(call)]) == []
    assert outside(
        ledger,
        budget("all"),
        budget("month", period=PeriodKind.MONTH),
        budget("team", scope=Scope(team=("search",))),
        budget("workload", scope=Scope(workload=("w-*",))),
        budget("model", scope=Scope(model=("big",))),
        budget("bought", self_hosted=False),
        budget("key", scope=Scope(key=("abcdefghijkl",))),
    ) == [23, 31, 19, 19, 2, 19, 23]


def test_corrections_take_the_place_of_what_was_not_known(ledger: Engine) -> None:
    """Also of calls that a living gateway counts itself: it does not see them otherwise."""
    key = book(ledger, {"cost_pico": 7}, {**UNKNOWN, "reserved_pico": 30, "held_by": "g:1"})
    with ledger.begin() as connection:
        for n, delta, resolves in ((1, -2, False), (2, 11, True)):
            connection.execute(insert(corrections).values(_correction(key, n, delta, resolves)))
    assert outside(ledger, budget()) == [7 - 2 + 11]
    assert outside(ledger, budget(), g=1) == [7 - 2 + 11 - 30]


def test_living_gateways_count_their_own(ledger: Engine) -> None:
    """From the generation in which they began; what they made before is in the count, and so is all of those
    that are closed."""
    with ledger.begin() as connection:
        for name in ("alive", "dead"):
            seen(connection, name, AT_US)
        assert close(connection, "dead", AT_US, "shipper") and not close(connection, "dead", AT_US, "shipper")
    for holder, cost in (("alive:1", 1), ("alive:2", 2), ("alive:3", 4), ("dead:9", 8), (None, 16)):
        book(ledger, {"cost_pico": cost, "held_by": holder})
    assert outside(ledger, budget(), alive=2, dead=1) == [1 + 8 + 16]
    found = counted(ledger, budget())
    assert (found.closed, dict(found.open), found.mark) == (frozenset({"dead"}), {"alive": AT_US}, (1, 0))


def test_who_was_gone_before_a_period_has_no_part_of_it(ledger: Engine) -> None:
    """A gateway whose disk is lost does not hold up all budgets for ever."""
    here = account(budget())
    with ledger.begin() as connection:
        seen(connection, "lost", here.period.starts_us - 3_600_000_000)
        seen(connection, "late", here.period.starts_us - 60_000_000)
    assert counted(ledger, budget()).others(here, "me") == {"late"}


def _correction(key: str, n: int, delta: int, resolves: bool) -> dict[str, Any]:
    return {
        "request_id": key, "n": n, "seq": 1, "batch_id": "b", "kind": "rerate", "created_us": AT_US,
        "actor": "a", "reason": "r", "delta_pico": delta, "delta_list_pico": delta, "resolves": resolves,
        "request_delta_pico": 0, "request_delta_list_pico": 0, "request_resolves": False,
        "delta_uncached_input": 0, "delta_cache_read": 0, "delta_cache_write": 0, "delta_output": 0,
        "state": "{}",
    }  # fmt: skip
