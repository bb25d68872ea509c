"""From a benchmark's score to the ability on a task: fitting the line, and using it. Pure.

logit(ability) = intercept + slope x logit(score) + residual, Bayesian linear regression with a normal prior
on intercept and slope (`benchmarks.ASSUMED`) and a known residual (Lindley and Smith 1972): with three
points or none the prior speaks, with many the points do, and the predictive variance says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from router.domain.ability import FLOOR, Source, logit
from router.policy.ability.benchmarks import ASSUMED, BENCHMARKS, GENERAL
from router.policy.ability.offsets import OFFSET_SD
from router.policy.ability.tables import Link, Offset, Point, Score

RESIDUAL_SD = 0.5
"""Logits, assumed: what models of one score differ in ability on usual work. Three points cannot tell it."""


def fit_link(family: str, points: Sequence[Point]) -> Link:
    """The posterior of a family's link. The general family's points come from trick questions, which are no
    task of ours: they tell its slope only, so both sides are centred and the intercept stays as assumed."""
    assumed = ASSUMED[family]
    xs, ys = [point.score for point in points], [logit(point.accuracy) for point in points]
    told = [1.0 / (RESIDUAL_SD**2 + _sampling(point.accuracy, point.n)) for point in points]
    precision = [[1.0 / assumed.half_sd**2, 0.0], [0.0, 1.0 / assumed.slope_sd**2]]
    right = [logit(assumed.half) / assumed.half_sd**2, assumed.slope / assumed.slope_sd**2]
    if family == GENERAL and points:
        mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
        xs, ys = [x - mean_x for x in xs], [y - mean_y for y in ys]
    for x, y, w in zip(xs, ys, told, strict=True):
        row = (0.0 if family == GENERAL else 1.0, x)
        for i in range(2):
            right[i] += w * row[i] * y
            for j in range(2):
                precision[i][j] += w * row[i] * row[j]
    (a, b), (_, d) = precision
    det = a * d - b * b
    return Link(
        family=family,
        task=assumed.task,
        intercept=round((d * right[0] - b * right[1]) / det, 4),
        slope=round((a * right[1] - b * right[0]) / det, 4),
        covariance=(round(d / det, 5), round(-b / det, 5), round(a / det, 5)),
        residual_sd=RESIDUAL_SD,
        points=len(points),
    )


def comparable(score: Score, offsets: Mapping[tuple[str, str], Offset]) -> tuple[float, float]:
    """A score in logits as the mean of harnesses would have given it, and its variance: that of the share of
    questions, and that of the offset. An unknown harness has offset 0 with the spread of harnesses."""
    share = score.score / 100.0
    offset = offsets.get((score.benchmark, score.harness))
    shift, sd = (0.0, OFFSET_SD) if offset is None else (offset.offset, offset.sd)
    return logit(share) - shift, _sampling(share, BENCHMARKS[score.benchmark].questions) + sd**2


def linked(link: Link, x: float, variance: float, weight: float, words: str) -> Source:
    """The ability that a score of `x` logits and `variance` stands for; `weight` 0..1 divides its precision's
    weight, for a benchmark that is only partly about the task."""
    intercept, covariance, slope = link.covariance
    spread = intercept + 2.0 * x * covariance + x * x * slope
    total = spread + link.residual_sd**2 + link.slope**2 * variance
    return Source(link.intercept + link.slope * x, total / weight, words)


def _sampling(share: float, n: int) -> float:
    """Variance in logits of a share of `n` questions: 1 / (n p (1 - p)), p kept off the ends."""
    p = min(1.0 - FLOOR, max(FLOOR, share))
    p = min(1.0 - 0.5 / n, max(0.5 / n, p))
    return 1.0 / (n * p * (1.0 - p))
