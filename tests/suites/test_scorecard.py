"""Figures out of results: counts, exact money, intervals over repeats, and the results' file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from router.domain.ability import Z90
from router.domain.interval import wilson
from router.domain.kinds import Verdict
from router.domain.money import PICO_PER_USD
from router.result_lines import append
from router.suites.item import BadSuite
from router.suites.results import Result, latest, read_results
from router.suites.scorecard import document, remarks, scorecard, table

ONE = Result(
    suite="s 1", item="1", asked="a", repeat=0, verdict=Verdict.PASSED, evidence="", error=None,
    request_id="req", model="a", tier="small", attempts=1, cost=7, input=10, output=20, seconds=1.0,
    simulated=False,
)  # fmt: skip
LOST = replace(ONE, verdict=None, error="HTTP 500: no", model=None, cost=None, output=None, seconds=None)


def many(right: int, wrong: int, **fields: object) -> list[Result]:
    verdicts = [Verdict.PASSED] * right + [Verdict.FAILED] * wrong
    return [replace(ONE, item=str(n), verdict=verdict, **fields) for n, verdict in enumerate(verdicts)]


def test_what_counts() -> None:
    """Unverified and lost answers count neither as right nor as wrong; what was answered was paid for."""
    results = [*many(3, 1), replace(ONE, item="u", verdict=Verdict.UNVERIFIED), replace(LOST, item="l")]
    (row,) = scorecard(results)
    assert (row.n, row.right, row.unverified, row.lost, row.accuracy) == (4, 3, 1, 1, 0.75)
    assert row.cost == 35 and row.cost_per_right == 12  # 35/3, rounded up
    assert (row.low, row.high) == wilson(3, 4, Z90)


def test_money_is_exact_or_unknown() -> None:
    """One answer without a price leaves the sum unknown, and the remark says how many."""
    (row,) = scorecard(many(2, 0, cost=PICO_PER_USD // 3))
    assert document([row], {})[0]["cost"] == "0.666666666666"
    (row,) = scorecard([*many(2, 0), replace(ONE, item="x", cost=None)])
    assert row.cost is None and row.cost_per_right is None
    assert "unknown" in table([row], {})[1] and "the cost of 1 answers is unknown" in remarks([row], {})[0]


def test_repeats_of_a_question_tell_less_than_questions() -> None:
    """Ten questions, each eight times with one result, are ten answers; mixed results count for more."""
    alike = [replace(one, repeat=k) for one in many(5, 5) for k in range(8)]
    (same,) = scorecard(alike)
    assert same.n == 80 and same.accuracy == 0.5
    assert same.high - same.low == pytest.approx(wilson(5, 10, 1.645)[1] - wilson(5, 10, 1.645)[0], abs=1e-3)
    mixed = [
        replace(ONE, item=str(n), repeat=k, verdict=Verdict.PASSED if (n + k) % 2 else Verdict.FAILED)
        for n in range(10)
        for k in range(8)
    ]
    (free,) = scorecard(mixed)
    assert free.high - free.low < 0.65 * (same.high - same.low)


def test_who_answered_for_auto() -> None:
    """Named only where it was not the model asked for."""
    auto, plain = scorecard([*many(3, 0, asked="auto"), replace(ONE, asked="auto", item="z", model="b"), ONE])
    assert auto.answered_by == {"a": 3, "b": 1} and plain.answered_by == {}
    assert remarks([auto], {}) == ["auto was answered by: a 3, b 1"]


def test_a_file_of_results_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    """Lost questions are asked again, a line cut short is taken off, another suite's file is refused."""
    path = tmp_path / "r.jsonl"
    with path.open("ab") as file:
        for result in (LOST, ONE, replace(ONE, item="2")):
            append(file, result)
        file.write(b'{"suite": "s')
    assert read_results(path, "s 1") == [ONE, replace(ONE, item="2")]
    assert path.read_bytes().endswith(b"}\n")
    assert latest([LOST, ONE]) == [ONE]
    with pytest.raises(BadSuite, match=r"r\.jsonl:1: is of s 1, this run is of s 2"):
        read_results(path, "s 2")
    path.write_text("{}\n")
    with pytest.raises(BadSuite, match="is no result of a suite"):
        read_results(path, "s 1")
