"""Which questions are answered when only some can be: fair shares, good stand-ins, no chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from router.learn.choose import representative

TASKS = np.array(["many"] * 60 + ["few"] * 30 + ["one"] * 10)
EVERY = np.arange(100)


def features(seed: int = 0) -> sparse.csr_array:
    """Unit rows around one of three directions each, as texts of three kinds."""
    dice = np.random.default_rng(seed)
    rows = np.eye(12)[dice.integers(0, 3, 100)] + 0.3 * dice.random((100, 12))
    return sparse.csr_array(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.mark.parametrize(("count", "shares"), [(10, [3, 6, 1]), (50, [15, 30, 5]), (99, [30, 59, 10])])
def test_each_task_gets_its_share(count: int, shares: list[int]) -> None:
    """In proportion to its questions, none twice, sorted, only of those offered."""
    found = representative(features(), TASKS, EVERY, count)
    assert found.tolist() == sorted(set(found.tolist()))
    names, counts = np.unique(TASKS[found], return_counts=True)
    assert dict(zip(names, counts, strict=True)) == dict(zip(["few", "many", "one"], shares, strict=True))


def test_all_are_chosen_when_there_are_no_more() -> None:
    """And a question that was not offered never is."""
    assert representative(features(), TASKS, EVERY[:20], 30).tolist() == list(range(20))
    assert set(representative(features(), TASKS, EVERY[50:80], 7).tolist()) <= set(range(50, 80))


def test_those_chosen_stand_for_the_others() -> None:
    """Their mean feature vector is nearer to that of all than random choices' ever is; twice the same."""
    x, tasks = features(), np.full(100, "all")
    mean = x.mean(axis=0)
    dice = np.random.default_rng(1)
    random = [np.linalg.norm(x[dice.permutation(100)[:15]].mean(axis=0) - mean) for _ in range(50)]
    found = representative(x, tasks, EVERY, 15)
    assert np.linalg.norm(x[found].mean(axis=0) - mean) < min(random)
    assert found.tolist() == representative(x, tasks, EVERY, 15).tolist()
