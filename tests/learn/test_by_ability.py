"""What the ability formula says of a question set, and how its own error is told from its panel's models."""

from __future__ import annotations

import numpy as np
import pytest

from router.learn.answers import Answers, Floats
from router.learn.by_ability import FormError, chances, curves, share_right

QUESTIONS = 400


def answers(**scores: Floats) -> Answers:
    """One set of questions, with each model's scores."""
    table = np.stack(list(scores.values()), axis=1)
    return Answers(
        tuple(f"question {n}" for n in range(QUESTIONS)),
        np.full(QUESTIONS, "task"),
        tuple(scores),
        table,
        np.full_like(table, np.nan),
        {"set": np.arange(QUESTIONS)},
    )


def scores(share: float) -> Floats:
    """This share of the questions right, evenly among them."""
    at = np.arange(QUESTIONS)
    return (np.floor((at + 1) * share) > np.floor(at * share)).astype(float)


def variance(asked: Answers, without: str) -> float:
    """Of two folds, in which the panel finds every question as hard as the next."""
    rows = asked.rows["set"]
    found = FormError(asked, rows, {without})
    for test, usual in ((rows[::2], rows[1::2]), (rows[1::2], rows[::2])):
        found.add(test, usual, curves(np.full((len(test), 2), 0.5), np.full((len(usual), 2), 0.5)))
    return found.variance


def test_the_mean_is_kept_where_questions_are_alike() -> None:
    """Every usual question has the chance that the set's mean says, at either end as well."""
    usual = np.tile([[0.4, 0.7]], (50, 1))
    for score in (0.1, 0.4, 0.7, 0.95):
        assert chances(curves(usual, usual), score) == pytest.approx(np.full(50, score))


def test_a_share_is_never_certain() -> None:
    """All right of ten leaves room for a wrong one."""
    assert share_right(np.ones(10)) == pytest.approx(10.5 / 11)
    assert share_right(np.zeros(0)) == 0.5


def test_models_whose_means_are_met_leave_no_error() -> None:
    """Nor does the newcomer, whatever it did: it is left out under any of its names."""
    even = {f"model-{n}": scores(0.5 + n / 100) for n in range(4)}
    odd = (np.arange(QUESTIONS) % 8 < 1).astype(float)
    assert variance(answers(**even, **{"org/Newcomer": odd}), "newcomer") < 1e-4


def test_a_bias_that_all_models_share_is_in_the_error() -> None:
    """Questions that the panel finds harder than they are for its models: each mean is off by as much."""
    asked = answers(**{f"model-{n}": scores(0.6) for n in range(4)})
    rows = asked.rows["set"]
    found = FormError(asked, rows, set())
    harder = curves(np.full((QUESTIONS, 2), 0.4), np.full((QUESTIONS, 2), 0.5))
    found.add(rows, rows, harder)
    off = chances(harder, 0.6).mean() - 0.6
    assert off < -0.05
    assert found.variance == pytest.approx(off**2, rel=0.05)


def test_a_model_of_a_few_answers_tells_nothing() -> None:
    """It must have answered half of the set."""
    few = np.where(np.arange(QUESTIONS) < 10, 1.0, np.nan)
    assert variance(answers(few=few), "nobody") == 0.0
