"""The heuristic's task votes on recorded questions: what the query model's readings stand beside at run time.

Each question set that is clearly one task's tells how far the votes can be trusted. Must not know outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from router.classify.heuristic import HeuristicClassifier
from router.classify.tasks import TASKS
from router.domain.conversation import Conversation, Turn
from router.learn.answers import Answers, Floats, Ints
from router.learn.metrics import calibration_error

TaskArray = npt.NDArray[np.object_]
"""An array of `Task` members."""
_CLEAR = 0.6
"""Share of a set's questions read as one task from which on the set counts as that task's."""


@dataclass(frozen=True, slots=True)
class Heuristic:
    """Of each prompt its task and its votes (prompts x tasks, in the order of `TASKS`)."""

    tasks: TaskArray
    votes: Floats


def heuristic_reading(prompts: Sequence[str]) -> Heuristic:
    """The heuristic's task and votes of each prompt: what the model's readings stand beside at run time."""
    classifier = HeuristicClassifier()
    found = [classifier.consider(Conversation((Turn("user", prompt),))) for prompt in prompts]
    tasks = np.empty(len(found), dtype=object)
    tasks[:] = [signals.task for signals, _ in found]
    return Heuristic(tasks, np.array([considered.votes for _, considered in found]))


def _clear(answers: Answers, tasks: TaskArray) -> tuple[Ints, Ints]:
    """Prompts of the sets that are clearly one task's, and the place of that task in `TASKS`."""
    rows, labels = [], []
    for topic in np.unique(answers.tasks):
        own = np.flatnonzero(answers.tasks == topic)
        found = [int((tasks[own] == task).sum()) for task in TASKS]
        if max(found) >= _CLEAR * len(own):
            rows.append(own)
            labels.append(np.full(len(own), int(np.argmax(found))))
    return np.concatenate(rows), np.concatenate(labels)


def temperature_of(answers: Answers, read: Heuristic) -> float:
    """The softmax temperature under which the sets' tasks are likeliest (Guo et al. 2017)."""
    rows, labels = _clear(answers, read.tasks)

    def loss(temperature: float) -> float:
        shares = softmax(read.votes[rows] / temperature, axis=1)
        return float(-np.log(shares[np.arange(len(rows)), labels] + 1e-9).mean())

    return float(minimize_scalar(loss, bounds=(0.1, 5.0), method="bounded").x)


def task_error(answers: Answers, read: Heuristic, temperature: float) -> float:
    """Calibration error of the largest share as the chance that it is the set's task."""
    rows, labels = _clear(answers, read.tasks)
    shares = softmax(read.votes[rows] / temperature, axis=1)
    return calibration_error(shares.max(axis=1), (shares.argmax(axis=1) == labels).astype(np.float64))
