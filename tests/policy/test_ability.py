"""Abilities of the catalog: sources in their order of trust, published scores made comparable."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.ability import Evidence, logit
from router.domain.kinds import Task
from router.policy.ability import fit, tables
from router.policy.ability.benchmarks import ASSUMED, BENCHMARKS
from router.policy.ability.estimate import estimate_abilities
from router.policy.ability.links import comparable, fit_link, linked
from router.policy.ability.offsets import NOISE_SD, OFFSET_SD, fit_offsets, inverted
from router.policy.ability.tables import Point, Score
from router.policy.catalog_document import ModelPart


def part(**changes: object) -> ModelPart:
    endpoint = {"id": "m-1", "wire": "openai", "base_url": "http://h/v1", "context": 1000, "residency": "us"}
    return ModelPart.model_validate(
        {
            "name": "m", "tier": "small", "licence": "MIT", "ability": {"default": 0.5},
            "expected_output": {"default": 10}, "endpoints": [endpoint], **changes,
        }
    )  # fmt: skip


AIME = {"benchmark": "AIME 2024", "score": 79.5, "harness": "qwen-release", "source": "x", "date": "2025-03"}
RUN = {"suite": "first", "task": "math", "right": 40, "n": 50, "date": "2026-01-31"}


def test_without_evidence_the_declared_value_stands_with_a_wide_interval() -> None:
    """Four outcomes' worth by default; a weight of its own narrows it; exact 0 and 1 become 1% and 99%."""
    plain = estimate_abilities(part(), {}).of(Task.MATH)
    assert plain.value == pytest.approx(0.5)
    assert plain.n == pytest.approx(4.0)
    assert plain.provenance == "declared 0.5 for every task"
    sure = part(ability={"default": 0.5, "math": 1.0, "declared_weight": 400.0})
    assert estimate_abilities(sure, {}).of(Task.CODE).sd < plain.sd / 5
    assert estimate_abilities(sure, {}).of(Task.MATH).value == pytest.approx(0.99)


def test_every_source_is_named_in_the_order_of_trust() -> None:
    """Ledger, calibration, published, declared; sources of other tasks stay out."""
    given = part(published=[AIME], calibration=[RUN])
    abilities = estimate_abilities(
        given, {("m", Task.MATH): Evidence(50, 62), ("n", Task.CODE): Evidence(1, 9)}
    )
    assert abilities.of(Task.MATH).provenance == (
        "62 ledger outcomes; 50 calibration prompts (first, 2026-01-31); "
        "AIME 2024 79.5 (qwen-release, 2025-03); declared 0.5 for every task"
    )
    assert abilities.of(Task.CODE).provenance == "declared 0.5 for every task"


@given(st.integers(1, 300), st.integers(2, 4))
def test_more_ledger_outcomes_of_one_rate_pull_the_estimate_to_it(n: int, times: int) -> None:
    """Evidence narrows the interval and moves the value towards what was seen."""
    few = estimate_abilities(part(), {("m", Task.CODE): Evidence(0.8 * n, n)}).of(Task.CODE)
    many = estimate_abilities(part(), {("m", Task.CODE): Evidence(0.8 * n * times, n * times)}).of(Task.CODE)
    assert many.sd < few.sd
    assert abs(many.mean - logit(0.8)) <= abs(few.mean - logit(0.8)) + 0.05


def test_a_ledger_outcome_counts_more_than_a_calibration_prompt() -> None:
    """The same figures from the traffic itself leave a narrower interval."""
    seen = estimate_abilities(part(), {("m", Task.MATH): Evidence(40, 50)}).of(Task.MATH)
    calibrated = estimate_abilities(part(calibration=[RUN]), {}).of(Task.MATH)
    assert seen.sd < calibrated.sd


def test_editions_and_harnesses_of_one_benchmark_are_one_source() -> None:
    """Quoting a score five times does not make it surer."""
    once = estimate_abilities(part(published=[AIME]), {}).of(Task.MATH)
    often = estimate_abilities(part(published=[AIME] * 5), {}).of(Task.MATH)
    assert often.sd == pytest.approx(once.sd)


def test_an_unknown_harness_counts_with_a_wider_interval() -> None:
    """Without a fitted offset, the spread of harnesses is part of the error."""
    known = estimate_abilities(part(published=[{**AIME, "harness": "qwen3-report"}]), {}).of(Task.MATH)
    other = estimate_abilities(part(published=[{**AIME, "harness": "a blog"}]), {}).of(Task.MATH)
    assert other.sd > known.sd


def test_a_general_benchmark_says_a_little_of_every_task() -> None:
    """LiveBench moves tasks that no other benchmark is about, by less than a benchmark of their own would."""
    score = {**AIME, "benchmark": "LiveBench", "score": 75.0}
    for task in Task:
        moved = estimate_abilities(part(published=[score]), {}).of(task)
        assert moved.value > 0.5
        assert "LiveBench 75" in moved.provenance
    assert "counted 0.25" in estimate_abilities(part(published=[score]), {}).of(Task.MATH).provenance


def test_offsets_take_out_what_a_harness_adds() -> None:
    """A harness that scores every model 0.5 logits higher is found, but for what the ridge holds back."""
    scores = []
    for number in range(30):
        theta = -1.5 + number / 10
        for harness, shift in (("a", 0.25), ("b", -0.25)):
            percent = 100 / (1 + 2.718281828 ** -(theta + shift))
            scores.append(Score(model=f"m{number}", benchmark="IFEval", score=percent, harness=harness))
    first, second = fit_offsets(scores)
    held_back = 1 / (1 + NOISE_SD**2 / (OFFSET_SD**2 * 30))
    assert first.offset - second.offset == pytest.approx(0.5 * held_back, abs=1e-3)
    assert (first.models, first.residual) == (30, pytest.approx(0, abs=0.02))


def test_a_harness_nobody_shares_has_no_offset() -> None:
    """Nothing is known of it but the spread of harnesses."""
    (only,) = fit_offsets([Score(model="m", benchmark="BFCL", score=60, harness="a")])
    assert (only.offset, only.sd, only.models, only.residual) == (0.0, OFFSET_SD, 0, None)


@given(st.lists(st.floats(0.5, 5), min_size=1, max_size=5), st.floats(0, 0.1))
def test_the_inverse_is_one(diagonal: list[float], off: float) -> None:
    """A matrix times its inverse is the identity."""
    size = len(diagonal)
    matrix = [[diagonal[i] if i == j else off for j in range(size)] for i in range(size)]
    inverse = inverted(matrix)
    for i in range(size):
        for j in range(size):
            cell = sum(matrix[i][k] * inverse[k][j] for k in range(size))
            assert cell == pytest.approx(float(i == j), abs=1e-9)


def test_a_link_without_points_is_its_assumption_and_with_many_the_points() -> None:
    """Two hundred points on a line of slope 2 overrule the assumed slope."""
    assumed = fit_link("AIME", [])
    assert (assumed.intercept, assumed.slope) == (
        pytest.approx(logit(ASSUMED["AIME"].half), abs=1e-4),
        ASSUMED["AIME"].slope,
    )
    line = [
        Point(family="AIME", model="m", score=x / 50, accuracy=1 / (1 + 2.718281828 ** -(2 * x / 50)), n=900,
              outcomes="x")
        for x in range(-100, 100)
    ]  # fmt: skip
    fitted = fit_link("AIME", line)
    assert fitted.slope == pytest.approx(2.0, abs=0.05)
    assert fitted.covariance[2] < assumed.covariance[2] / 5


def test_a_linked_score_is_less_sure_far_from_the_points() -> None:
    """The error of the slope counts with the distance; a part weight divides the precision."""
    link = fit_link("AIME", [])
    near, far = linked(link, 0.0, 0.1, 1.0, "x"), linked(link, 3.0, 0.1, 1.0, "x")
    assert far.variance > near.variance
    assert linked(link, 0.0, 0.1, 0.25, "x").variance == pytest.approx(4 * near.variance)


def test_the_committed_fit_is_the_one_that_the_command_makes() -> None:
    """links.json follows from published.json, its own points and the assumptions in the code."""
    offsets = fit_offsets(tables.published().scores)
    committed = tables.links()
    assert fit.fitted(offsets, committed.points) == committed
    written = json.loads(fit.written(committed))
    assert written == json.loads(committed.model_dump_json())


def test_the_published_table_is_sound() -> None:
    """Known benchmarks, named harnesses, percents, and no figure twice."""
    table = tables.published()
    seen = {(score.model, score.benchmark, score.harness) for score in table.scores}
    assert len(seen) == len(table.scores)
    for score in table.scores:
        assert score.benchmark in BENCHMARKS
        assert score.harness in table.harnesses
        assert 0 < score.score < 100


def test_one_model_in_two_harnesses_comes_closer() -> None:
    """LiveBench 54.6 and 45.6 of the same distill are nearer after the offsets than before."""
    offsets = {(o.benchmark, o.harness): o for o in tables.links().offsets}
    rows = [
        score
        for score in tables.published().scores
        if score.model == "DeepSeek-R1-Distill-Qwen-32B" and score.benchmark == "LiveBench"
    ]
    raw = [logit(row.score / 100) for row in rows]
    corrected = [comparable(row, offsets)[0] for row in rows]
    assert abs(corrected[0] - corrected[1]) < abs(raw[0] - raw[1])


def test_points_are_found_in_a_folder_of_outcomes(tmp_path) -> None:
    """Mean accuracies of the family's sets, by the aliases of the models."""
    folder = tmp_path / "outcomes"
    folder.mkdir()
    rows = [
        {"source": "zeroeval-crux", "task": "crux", "prompt": str(i),
         "outcomes": {"o1-mini-2024-09-12": {"score": i % 2}}}
        for i in range(10)
    ]  # fmt: skip
    with gzip.open(folder / "x.jsonl.gz", "wt") as file:
        file.write("\n".join(json.dumps(row) for row in rows))
    (point,) = fit.find_points(tmp_path, fit_offsets(tables.published().scores))
    assert (point.family, point.model, point.accuracy, point.n) == ("LiveCodeBench", "o1-mini", 0.5, 10)
