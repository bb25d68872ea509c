"""What the quick look says, held against sums made by hand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, insert

from router.record.lines import as_done
from router.record.opened import interrupted
from router.record.store import recent
from router.record.summary import SummaryRow, summary, total
from router.record.tables import corrections
from router.record.write import LedgerWriter
from tests.record import rows

SMALL: dict[str, Any] = {"tier": "small", "model": "smollm2", "cost_pico": 5}
FRONTIER: dict[str, Any] = {"tier": "frontier", "model": "gpt", "cost_pico": 700, "simulated": True}


def fill(engine: Engine) -> None:
    """Small answers; small fails and frontier answers; frontier unpriced; interrupted; refused."""
    one, two, three, four, five = (rows.new_id() for _ in range(5))
    LedgerWriter(engine).insert(
        [
            as_done(rows.request(one, **SMALL, baseline_pico=1_000), [rows.attempt(one, **SMALL)]),
            as_done(
                rows.request(two, 2, **FRONTIER | {"cost_pico": 705}, baseline_pico=1_000, team="care"),
                [rows.attempt(two, 1, **SMALL), rows.attempt(two, 2, **FRONTIER)],
            ),
            as_done(
                rows.request(
                    three, **FRONTIER | {"cost_pico": None}, cost_state="unpriced", day="2026-09-22",
                    started_us=rows.STARTED_US + 86_400_000_000, baseline_pico=1_000,
                ),
                [rows.attempt(three, **FRONTIER | rows.UNPRICED)],
            ),
            as_done(*interrupted([rows.opened(four)])),
            as_done(
                rows.request(five, 0, tier=None, model=None, outcome="refused", cost_pico=0,
                             cost_state="free", baseline_pico=None), []
            ),
        ]
    )  # fmt: skip


def test_by_tier(ledger: Engine) -> None:
    """Attempts and cost stand where they were spent, requests and saving under what answered."""
    fill(ledger)
    assert summary(ledger, "tier") == [
        SummaryRow("frontier", True, 2, 2, 2, 700, 1, 1, 1_000, 295),
        SummaryRow("small", False, 1, 1, 3, 10, 1, 1, 1_000, 995),
        SummaryRow(None, False, 2, 0, 0, 0, 0, 0, 0, 0),
    ]


def test_by_team_day_and_model(ledger: Engine) -> None:
    """Every grouping has the same total, and days come in order."""
    fill(ledger)
    whole = SummaryRow("total", True, 5, 3, 5, 710, 2, 2, 2_000, 1_290)
    for by in ("tier", "team", "model", "day"):
        assert total(summary(ledger, by)) == whole, by
    assert {row.group for row in summary(ledger, "team")} == {"search", "care"}
    assert [row.group for row in summary(ledger, "day")][-1] == "2026-09-22"


def test_teams_of_two_organisations_are_two(ledger: Engine) -> None:
    """Each has its own requests, attempts, cost, corrections and saving; a name that one organisation alone
    has stands for itself."""
    owners = (("acme", "search", 5), ("globex", "search", 70), ("acme", "care", 900))
    keys = [rows.new_id() for _ in owners]
    LedgerWriter(ledger).insert(
        [
            as_done(
                rows.request(key, organisation=whose, team=team, cost_pico=cost, baseline_pico=1_000),
                [rows.attempt(key, cost_pico=cost)],
            )
            for key, (whose, team, cost) in zip(keys, owners, strict=True)
        ]
    )
    none = dict.fromkeys((c.name for c in corrections.columns if not c.nullable), 0)
    said = {"batch_id": "b", "kind": "rerate", "actor": "ada", "reason": "dearer", "state": "priced"}
    flags = {"resolves": False, "request_resolves": False}
    dearer = none | said | flags | {"request_id": keys[1], "n": 1, "delta_pico": 30, "request_delta_pico": 30}
    with ledger.begin() as connection:
        connection.execute(insert(corrections).values(**dearer))
    assert summary(ledger, "team") == [
        SummaryRow("care", False, 1, 1, 1, 900, 0, 1, 1_000, 100),
        SummaryRow("globex/search", False, 1, 1, 1, 70, 0, 1, 1_000, 900, 30),
        SummaryRow("acme/search", False, 1, 1, 1, 5, 0, 1, 1_000, 995),
    ]


def test_since(ledger: Engine) -> None:
    """Only requests started at or after the time count, with their attempts."""
    fill(ledger)
    [row] = summary(ledger, "day", rows.STARTED_US + 86_400_000_000)
    assert (row.group, row.requests, row.attempts, row.unknown) == ("2026-09-22", 1, 1, 1)
    assert summary(ledger, "day", rows.STARTED_US + 86_400_000_001) == []


def test_sums_beyond_64_bits_are_exact(ledger: Engine) -> None:
    """Three amounts near the largest a column can hold add up to the last pico-dollar."""
    most = 9_223_372_036_854_775_807
    keys = [rows.new_id() for _ in range(3)]
    LedgerWriter(ledger).insert(
        [
            as_done(rows.request(key, cost_pico=most, baseline_pico=1), [rows.attempt(key, cost_pico=most)])
            for key in keys
        ]
    )
    [row] = summary(ledger, "team")
    assert (row.cost, row.saving) == (3 * most, 3 * (1 - most))


def test_recent(ledger: Engine) -> None:
    """The latest requests, oldest of them first."""
    keys = [rows.new_id() for _ in range(5)]
    LedgerWriter(ledger).insert(
        [as_done(rows.request(key, started_us=100 + i), []) for i, key in enumerate(keys)]
    )
    assert [row.id for row in recent(ledger, 3)] == keys[2:]
    assert recent(ledger, 1)[0].rule == "default"


def test_an_empty_ledger(ledger: Engine) -> None:
    """No rows is no groups, and a total of nothing."""
    assert summary(ledger, "tier") == []
    assert total([]).requests == 0
    assert recent(ledger, 5) == []
