"""What is expected of a model on each request: P(success) and output, as `policy/candidates` says it.

The sums are made in another order than there and the exponential is another one, so figures may differ in the
last digit; `close` marks the requests where that could change a whole number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from router.domain.ability import FLOOR, Z90
from router.domain.catalog import Model
from router.domain.facts import Facts
from router.domain.kinds import Task
from router.domain.reading import LONGEST, SHORTEST
from router.domain.success import HEAD_SD, curve_without_reading
from router.lifecycle.replay.columns import TASKS, Bools, Columns, Floats, Ints

CLOSE = 1e-9
"""Beyond any error of the last digit, and far below anything that matters."""
_LEAST_SPAN = 0.1
_TASK_INDEX = {task: n for n, task in enumerate(TASKS)}
_NO_TASK = len(TASKS)


@dataclass(frozen=True, slots=True)
class Curves:
    """`domain/success.Curve` of each request; `known` is false where nothing is known of difficulty.
    `shares` is the task mix; `mixed` is false where it is empty."""

    known: Bools
    anchor: Floats
    span: Floats
    low: Floats
    high: Floats
    beyond: Floats
    shares: Floats
    mixed: Bools
    factor: Floats

    def at(self, theta: Floats) -> Floats:
        """P(success), 0..1, at an ability in logits."""
        flat = self.span == 0.0
        share = np.where(flat, 0.5, (theta - self.anchor) / np.where(flat, 1.0, self.span))
        inside = np.clip(share, 0.0, 1.0)
        outside = (self.beyond - 1.0) * (share - inside) * self.span
        return sigmoid(theta + outside + (1.0 - inside) * self.low + inside * self.high)

    def part(self, chosen: Bools | Ints) -> Curves:
        """Those of some requests."""
        return Curves(*(getattr(self, name)[chosen] for name in Curves.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Prospect:
    """Of one model: `p`, `p_low`, `p_high` of P(success), NaN where not known; expected `output` tokens."""

    p: Floats
    theta: Floats
    sd: Floats
    headed: Bools
    output: Ints
    close: Bools


def curves_of(columns: Columns, facts: Sequence[Facts]) -> Curves:
    """The curve and the task mix of every request."""
    task = np.array([_NO_TASK if f.task is None else _TASK_INDEX[f.task] for f in facts], np.int64)[
        columns.profile
    ]
    read = np.array([f.reading is not None for f in facts], np.bool_)[columns.profile]
    shares = columns.shares.copy()
    plain = ~read & (task != _NO_TASK)
    shares[plain, task[plain]] = 1.0
    anchor, span, low, high = _read_curves(columns)
    shift = _shifts(columns.difficulty, task)
    hard = columns.difficulty == columns.difficulty
    return Curves(
        read | hard,
        np.where(read, anchor, 0.0),
        np.where(read, span, 0.0),
        np.where(read, low, shift),
        np.where(read, high, shift),
        np.where(read, columns.beyond, 1.0),
        shares,
        (shares != 0.0).any(axis=1),
        np.where(read, np.clip(columns.factor, SHORTEST, LONGEST), 1.0),
    )


def _read_curves(columns: Columns) -> tuple[Floats, Floats, Floats, Floats]:
    """As `domain/success.curve_of`."""
    anchor, top = logits(columns.low_usual), logits(columns.high_usual)
    low, high = logits(columns.low), logits(columns.high)
    falls = high < low
    middle = (low + high) / 2.0
    low, high = np.where(falls, middle, low), np.where(falls, middle, high)
    span = top - anchor
    narrow = span < _LEAST_SPAN
    shift = (low - anchor + high - top) / 2.0
    return (
        anchor,
        np.where(narrow, 0.0, span),
        np.where(narrow, shift, low - anchor),
        np.where(narrow, shift, high - top),
    )


def _shifts(difficulty: Floats, task: Ints) -> Floats:
    """As `domain/success.curve_without_reading`: its shift is the same for all of a task but for the
    difficulty, so that of difficulty 1/2, whose logit is 0, is the task's part."""
    kinds: list[Task | None] = [*TASKS, None]
    usual = np.array([curve_without_reading(kind, 0.5).low for kind in kinds])
    shift: Floats = logits(1.0 - np.clip(difficulty, 0.02, 0.98)) + usual[task]
    return shift


def prospect(model: Model, columns: Columns, curves: Curves) -> Prospect:
    """What every request lets expect of `model`."""
    abilities = model.abilities
    means = np.array([abilities.by_task[t].mean for t in TASKS])
    sds = np.array([abilities.by_task[t].sd for t in TASKS])
    theta = np.where(curves.mixed, curves.shares @ means, abilities.default.mean)
    sd = np.where(curves.mixed, curves.shares @ sds, abilities.default.sd)
    p = np.where(curves.known, curves.at(theta), np.nan)
    headed = np.zeros(len(columns), np.bool_)
    if model.name in columns.head_names:
        head = columns.heads[:, columns.head_names.index(model.name)]
        headed = head == head
        theta = np.where(headed, logits(head), theta)
        sd = np.where(headed, HEAD_SD, sd)
        p = np.where(headed, sigmoid(theta), p)
    output, close = _outputs(model, columns, curves)
    return Prospect(p, theta, sd, headed, output, close)


def end_of(found: Prospect, curves: Curves, side: float) -> Floats:
    """The lower (-1) or upper (+1) end of the 90% interval of P(success)."""
    theta = found.theta + side * Z90 * found.sd
    return np.where(found.headed, sigmoid(theta), np.where(curves.known, curves.at(theta), np.nan))


def _outputs(model: Model, columns: Columns, curves: Curves) -> tuple[Ints, Bools]:
    usual = np.zeros(len(columns))
    for n, task in enumerate(TASKS):  # one after another, as the decision adds them
        usual += curves.shares[:, n] * model.output_for(task)
    exact = np.where(usual == 0.0, float(model.expected_output_default), usual) * curves.factor
    output = np.rint(exact).astype(np.int64)
    output[output == 0] = 1
    close = np.abs(exact - np.floor(exact) - 0.5) < CLOSE * np.maximum(1.0, exact)
    asked = columns.max_output
    output = np.where((asked >= 0) & (asked < output), asked, output)
    if model.max_output is not None:
        output = np.minimum(output, model.max_output)
    return output, close


def logits(p: Floats) -> Floats:
    """As `domain/ability.logit`."""
    bounded = np.clip(p, FLOOR, 1.0 - FLOOR)
    return np.log(bounded / (1.0 - bounded))


def sigmoid(x: Floats) -> Floats:
    """As `domain/ability.sigmoid`, whose arguments never leave what `exp` can take here."""
    return 1.0 / (1.0 + np.exp(-x))
