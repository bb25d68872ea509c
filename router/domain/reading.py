"""What the query model reads in a request: difficulty belongs to the query, ability to the model."""

from __future__ import annotations

from collections.abc import Mapping

from router.domain.kinds import Task
from router.domain.value import value

SHORTEST, LONGEST = 0.25, 4.0
"""Bounds of an output factor: past them the text tells less than the model's own usual length."""


@value
class Reading:
    """One request as the query model sees it.

    The reference panel is the set of models whose outcomes the query model was trained on, split into a
    weaker and a stronger half. `low` and `high` are the chances, 0..1, that a model of the weaker and of
    the stronger half gets this request right; `low_usual` and `high_usual` the same for an average request
    of its tasks. `shares` is the task mix, summing to 1. `output_factor` is the expected length of an
    answer over what is usual for its tasks (1.0: as usual). `heads` holds P(success) of the models that the
    query model was fitted on directly, by their catalog names; it is empty where only abilities are known.
    `query_model` is the digest of the model's file. `beyond` is the factor (k in
    `domain/success`) that keeps the mean for abilities outside the two halves; 1.0: not known.
    """

    shares: Mapping[Task, float]
    low: float
    high: float
    low_usual: float
    high_usual: float
    output_factor: float
    heads: Mapping[str, float]
    query_model: str = ""
    beyond: float = 1.0
