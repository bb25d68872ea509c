"""The benchmarks that a catalog may quote, what they say of which task, and what is assumed until fitted.

A score is linked to the ability on a task by logit(ability) = intercept + slope x logit(score). The assumed
intercept is the logit of the share of usual requests that a model with half of the benchmark right is taken
to get right: a judgement of how much harder the benchmark is than usual work, with a wide interval. `fit`
moves it where models have both a score and outcomes. Must not know any model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.domain.kinds import Task


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`family` shares a link: editions of one benchmark. `questions`: how many it asks, for the error of a
    score; where the figure is a mean over runs, questions are still what limits it."""

    family: str
    questions: int


@dataclass(frozen=True, slots=True)
class Assumed:
    """A link before any fit: `half` is the ability (0..1) of a model with half of the benchmark right,
    `slope` the logits of ability per logit of score; both with standard deviations in logits."""

    task: Task
    half: float
    slope: float
    half_sd: float = 0.8
    slope_sd: float = 0.3


BENCHMARKS: Mapping[str, Benchmark] = {
    "AIME 2024": Benchmark("AIME", 30),
    "AIME 2025": Benchmark("AIME", 30),
    "AIME 2024+2025": Benchmark("AIME", 60),
    "LiveCodeBench": Benchmark("LiveCodeBench", 279),
    "HumanEval": Benchmark("HumanEval", 164),
    "MBPP": Benchmark("MBPP", 500),
    "LiveBench": Benchmark("LiveBench", 1000),
    "IFEval": Benchmark("IFEval", 541),
    "BFCL": Benchmark("BFCL", 4441),
    "tau2-bench": Benchmark("tau2-bench", 279),
    "GPQA Diamond": Benchmark("GPQA Diamond", 198),
    "MMLU-Pro": Benchmark("MMLU-Pro", 12032),
    "SimpleQA": Benchmark("SimpleQA", 4326),
}
ASSUMED: Mapping[str, Assumed] = {
    "AIME": Assumed(Task.MATH, 0.90, 0.6),
    "LiveCodeBench": Assumed(Task.CODE, 0.85, 0.9),
    "HumanEval": Assumed(Task.CODE, 0.45, 0.8),
    "MBPP": Assumed(Task.CODE, 0.45, 0.8),
    "IFEval": Assumed(Task.INSTRUCTION, 0.50, 0.9, half_sd=0.5),
    "BFCL": Assumed(Task.TOOL_USE, 0.75, 0.9),
    "tau2-bench": Assumed(Task.TOOL_USE, 0.85, 0.7),
    "GPQA Diamond": Assumed(Task.KNOWLEDGE, 0.80, 0.7),
    "MMLU-Pro": Assumed(Task.KNOWLEDGE, 0.70, 0.8, half_sd=0.6),
    "SimpleQA": Assumed(Task.KNOWLEDGE, 0.90, 0.5),
    "LiveBench": Assumed(Task.OTHER, 0.75, 0.9),
}
GENERAL = "LiveBench"
"""The one family that says a little of every task: it mixes maths, code, reasoning, language and
instructions."""
GENERAL_WEIGHT = 0.25
"""Its precision counts a quarter on tasks of their own benchmarks; an assumption."""


def weight(family: str, task: Task) -> float:
    """0..1: how much a family's score counts for a task; 0: it says nothing of it."""
    if family == GENERAL:
        return 1.0 if task is ASSUMED[family].task else GENERAL_WEIGHT
    return 1.0 if ASSUMED[family].task is task else 0.0
