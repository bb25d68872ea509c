"""How much a harness scores above another on the same benchmark, so that their scores can be compared.
Pure.

logit(score of model m in group g) = theta_m + offset_g + noise, where a group is a benchmark (an edition of
the family) in a harness. Least squares with theta_m free and a ridge on the offsets: minimise

    sum (x_mg - theta_m - offset_g)^2 / NOISE_SD^2  +  sum offset_g^2 / OFFSET_SD^2

which is the posterior mean under offset ~ N(0, OFFSET_SD^2) (Hoerl and Kennard 1970; Lindley and Smith
1972); the variances are the diagonal of the inverse. Only models seen in several groups say anything; a
group without such a model keeps offset 0 and OFFSET_SD.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt

from router.domain.ability import logit
from router.policy.ability.benchmarks import BENCHMARKS
from router.policy.ability.tables import Offset, Score

OFFSET_SD = 0.4
"""Logits, assumed. LiveBench 54.6 and 45.6 of one model in two harnesses are 0.36 apart."""
NOISE_SD = 0.2
"""Logits, assumed: what one model's score moves from harness to harness beyond the common offset."""

Group = tuple[str, str]
Matrix = list[list[float]]


def fit_offsets(scores: Sequence[Score]) -> list[Offset]:
    """One offset for every benchmark and harness among `scores`, family by family."""
    by_family: defaultdict[str, list[Score]] = defaultdict(list)
    for score in scores:
        by_family[BENCHMARKS[score.benchmark].family].append(score)
    return [offset for rows in by_family.values() for offset in _family(rows)]


def _family(scores: Sequence[Score]) -> list[Offset]:
    groups = sorted({(score.benchmark, score.harness) for score in scores})
    place = {group: index for index, group in enumerate(groups)}
    by_model: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for score in scores:
        by_model[score.model][place[score.benchmark, score.harness]] = logit(score.score / 100.0)
    shared = {model: row for model, row in by_model.items() if len(row) > 1}
    matrix, right = _normal_equations(len(groups), shared)
    inverse = inverted(matrix)
    offsets = [sum(a * b for a, b in zip(row, right, strict=True)) for row in inverse]
    residual = _residual(shared, offsets)
    return [
        Offset(
            benchmark=benchmark,
            harness=harness,
            offset=round(offsets[i], 4),
            sd=round(sqrt(inverse[i][i]), 4),
            models=sum(i in row for row in shared.values()),
            residual=residual,
        )
        for i, (benchmark, harness) in enumerate(groups)
    ]


def _normal_equations(size: int, shared: Mapping[str, Mapping[int, float]]) -> tuple[Matrix, list[float]]:
    """With theta_m eliminated: each model adds its centring matrix over the groups it was seen in."""
    matrix = [[(i == j) / OFFSET_SD**2 for j in range(size)] for i in range(size)]
    right = [0.0] * size
    for row in shared.values():
        mean = sum(row.values()) / len(row)
        for i, x in row.items():
            right[i] += (x - mean) / NOISE_SD**2
            for j in row:
                matrix[i][j] += ((i == j) - 1.0 / len(row)) / NOISE_SD**2
    return matrix, right


def _residual(shared: Mapping[str, Mapping[int, float]], offsets: Sequence[float]) -> float | None:
    """Root mean square of what theta and offsets leave, per degree of freedom that theta takes; None: no
    data."""
    squares, freedom = 0.0, 0
    for row in shared.values():
        left = [x - offsets[i] for i, x in row.items()]
        mean = sum(left) / len(left)
        squares += sum((x - mean) ** 2 for x in left)
        freedom += len(left) - 1
    return round(sqrt(squares / freedom), 4) if freedom else None


def inverted(matrix: Matrix) -> Matrix:
    """The inverse of a symmetric positive definite matrix (a ridge makes it one), by Gauss and Jordan."""
    size = len(matrix)
    rows = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for i in range(size):
        pivot = rows[i][i]
        rows[i] = [x / pivot for x in rows[i]]
        for j in range(size):
            if j != i:
                factor = rows[j][i]
                rows[j] = [x - factor * y for x, y in zip(rows[j], rows[i], strict=True)]
    return [row[size:] for row in rows]
