"""P(success | request, model): the request says how hard it is, the model how able. Pure, microseconds.

With A_low, A_high = logit of the chances of the weaker and the stronger half of the reference panel on a
usual request, d_low, d_high = how far this request moves either of them (in logits), and theta = logit of
the model's ability on the request's task mix:

    lambda = clip((theta - A_low) / (A_high - A_low), 0, 1)
    theta' = theta + (k - 1) (how far theta lies outside A_low .. A_high, with its sign)
    P      = sigmoid(theta' + (1 - lambda) d_low + lambda d_high)

A model as able as the weaker half is moved as that half is, and so on; one beyond either half is moved as
that half is. The mean of P over a task's usual requests must be the ability. At either half it is, because
A is the logit of a mean; beyond them the logistic curve draws the mean of chances that lie apart to the
middle, and k undoes that: it is found where the query model is fitted, from the task's usual requests. It is
the item response idea (difficulty belongs to the query, ability to the
model; Lord 1980) with the discrimination read from two anchors instead of one slope for all. Must not know
prices or rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.domain.ability import Z90 as _Z90
from router.domain.ability import Abilities, Estimate, logit, sigmoid
from router.domain.kinds import Task
from router.domain.reading import Reading
from router.domain.value import value

Mix = tuple[tuple[Task, float], ...]
"""The task mix of a request as pairs: what is gone through for every candidate."""
_LEAST_SPAN = 0.1
"""Logits. Halves of a panel closer than this do not tell which of them a model is like."""
HEAD_SD = 0.25
"""Logits. Assumed error of a head of the query model; its calibration error is about 0.03 in-domain, which is
an eighth to a third of a logit between 0.1 and 0.9."""
USUAL_DIFFICULTY: Mapping[Task, float] = {
    Task.MATH: 0.35,
    Task.CODE: 0.40,
    Task.KNOWLEDGE: 0.36,
    Task.INSTRUCTION: 0.36,
    Task.TOOL_USE: 0.38,
    Task.EXTRACTION: 0.22,
    Task.CLASSIFICATION: 0.17,
    Task.WRITING: 0.22,
    Task.OTHER: 0.12,
}
"""Mean difficulty that the plain heuristic gives to requests of a task, over public question sets and the
demo's prompts (extraction, tool use, other: its base value, too few prompts). Only used without a
reading."""
_USUAL_OF_ANY = 0.30
_EASIEST, _HARDEST = 0.02, 0.98


@value
class Curve:
    """One request as a function from ability to P(success), both in logits. `span` = A_high - A_low; 0: not
    known, both anchors count alike. `low` and `high` are d_low and d_high, `beyond` is k."""

    anchor: float
    span: float
    low: float
    high: float
    beyond: float = 1.0

    def at(self, theta: float) -> float:
        """P(success) in logits at ability `theta`. Never falls with it."""
        if not self.span:
            return theta + (self.low + self.high) / 2.0
        share = (theta - self.anchor) / self.span
        if share < 0.0:
            return theta + (self.beyond - 1.0) * share * self.span + self.low
        if share > 1.0:
            return theta + (self.beyond - 1.0) * (share - 1.0) * self.span + self.high
        return theta + (1.0 - share) * self.low + share * self.high


@value
class Chance:
    """P(success) of a model on a request: `expected`, the interval around it, and where the model's part
    comes from. The interval (90%) moves the ability `theta` (logits) by its error `sd`; it is worked out
    when asked for, because most decisions never look."""

    expected: float
    theta: float
    sd: float
    curve: Curve
    provenance: str

    @property
    def low(self) -> float:
        """Lower end, 0..1."""
        return sigmoid(self.curve.at(self.theta - _Z90 * self.sd))

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends, 0..1."""
        at, half = self.curve.at, _Z90 * self.sd
        return sigmoid(at(self.theta - half)), sigmoid(at(self.theta + half))

    @property
    def high(self) -> float:
        """Upper end, 0..1."""
        return sigmoid(self.curve.at(self.theta + _Z90 * self.sd))


def curve_of(reading: Reading) -> Curve:
    """The curve of a read request. A reading in which the weaker half does better than the stronger is
    taken as telling nothing of ability: the mean of both counts for either, so that the curve never
    falls."""
    anchor, top = logit(reading.low_usual), logit(reading.high_usual)
    low, high = logit(reading.low), logit(reading.high)
    if high < low:
        low = high = (low + high) / 2.0
    span = top - anchor
    if span < _LEAST_SPAN:
        shift = (low - anchor + high - top) / 2.0
        return Curve(anchor, 0.0, shift, shift)
    return Curve(anchor, span, low - anchor, high - top, reading.beyond)


def curve_without_reading(task: Task | None, difficulty: float) -> Curve:
    """The curve from a difficulty alone, the chance (0..1) that a mid-sized open model is wrong: every
    model is moved by logit(1 - difficulty) - logit(1 - usual difficulty of the task).

    The factor 1 between the heuristic's logits and the models' is a round figure for what public outcomes
    gave in a logistic fit with a constant per model and task: 1.26 pooled over 108,928 outcomes, 1.5 on
    mathematics, 1.0 on code, 0.5 on knowledge.
    """
    usual = _USUAL_OF_ANY if task is None else USUAL_DIFFICULTY[task]
    bounded = min(_HARDEST, max(_EASIEST, difficulty))
    shift = logit(1.0 - bounded) - logit(1.0 - usual)
    return Curve(0.0, 0.0, shift, shift)


FLAT = Curve(0.0, 0.0, 0.0, 0.0)
"""Leaves an ability as it is."""


def chance(abilities: Abilities, mix: Mix, curve: Curve, head: float | None) -> Chance:
    """P(success) of a model on a request of the task mix (shares sum to 1; empty: unknown task).

    `head` is the query model's own estimate for this model, 0..1: fitted on its outcomes, it replaces the
    one from abilities. Theta is the share-weighted mean of the abilities' logits. The errors of the tasks
    are taken as fully correlated, which is the cautious case; the provenance is that of the largest share.
    """
    if head is not None:
        theta = logit(head)
        return Chance(sigmoid(theta), theta, HEAD_SD, FLAT, "the query model's own head for this model")
    if not mix:
        return chance_at(abilities.default, curve)
    theta = sd = largest = 0.0
    words = ""
    by_task = abilities.by_task
    for task, share in mix:
        one = by_task[task]
        theta += share * one.mean
        sd += share * one.sd
        if share > largest:
            largest, words = share, one.provenance
    return Chance(sigmoid(curve.at(theta)), theta, sd, curve, words)


def chance_at(ability: Estimate, curve: Curve) -> Chance:
    """P(success) of a model of that ability on a request of one task."""
    theta = ability.mean
    return Chance(sigmoid(curve.at(theta)), theta, ability.sd, curve, ability.provenance)
