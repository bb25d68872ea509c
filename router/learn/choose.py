"""Which questions to have answered when only some can be: those that stand for the others.

Answers cost money, questions do not: their texts and tasks are known before anyone is asked. Each task gets
its share of the answers, and within a task questions are chosen by kernel herding (Chen, Welling and Smola,
Super-samples from kernel herding, UAI 2010): one after another, whichever brings the mean feature vector of
those chosen nearest to that of all. Must not look at an outcome.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from router.learn.answers import Ints


def representative(x: sparse.csr_array, tasks: npt.NDArray[np.str_], among: Ints, count: int) -> Ints:
    """`count` of the prompts `among`, sorted; all of them if there are no more. `x`: features of all prompts,
    `tasks`: their tasks. The same for the same questions: no chance is involved."""
    if count >= len(among):
        return among
    names, place = np.unique(tasks[among], return_inverse=True)
    parts = [among[place == task] for task in range(len(names))]
    counts = _shares(np.array([len(part) for part in parts]), count)
    herds = (part[_herd(x[part], n)] for part, n in zip(parts, counts.tolist(), strict=True))
    chosen: Ints = np.sort(np.concatenate(list(herds)))
    return chosen


def _shares(sizes: Ints, count: int) -> Ints:
    """`count` split in proportion to `sizes`, the largest remainders rounded up (Hamilton's method)."""
    exact = count * sizes / sizes.sum()
    whole: Ints = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: count - int(whole.sum())]] += 1
    return whole


def _herd(x: sparse.csr_array, count: int) -> Ints:
    """The places of `count` rows of `x`, in the order chosen."""
    x = x[:, np.unique(x.indices)]  # a task uses few of all features
    wanted = np.asarray(x @ np.asarray(x.mean(axis=0)).ravel(), dtype=np.float64)
    got = np.zeros(len(wanted))
    free = np.ones(len(wanted), bool)
    chosen = np.zeros(count, np.int64)
    for number in range(count):
        promise = np.where(free, wanted - got / (number + 1), -np.inf)
        chosen[number] = best = int(np.argmax(promise))
        free[best] = False
        got += x @ x[[best]].toarray().ravel()
    return chosen
