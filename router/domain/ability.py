"""How good a model is at a kind of work: an estimate with its uncertainty and where it comes from. Pure.

An ability is the share of a task's usual requests that the model gets right. Everything is computed on the
logit scale, where errors are closer to normal and no estimate can leave 0..1. Must not read files, know
benchmarks or look at a request: `published` and `calibration` scores become `Source`s in `router/policy`.

Sources are combined by precision-weighted shrinkage, the normal approximation of empirical Bayes (Morris,
Parametric Empirical Bayes Inference, JASA 1983): with m_i, v_i the mean and variance of a source and w_i =
1 / v_i, the mean is sum(w_i m_i) / sum(w_i) and the variance 1 / sum(w_i). Where the k sources other than
the prior contradict each other more than their variances allow, the variance grows by Birge's ratio,
sum(w_i (m_i - m)^2) / (k - 1) with m their own mean (Phys. Rev. 40, 1932; the Particle Data Group's scale
factor). A prior that turns out wrong is no contradiction: it is a guess, and gives way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from router.domain.kinds import Task

Z90 = 1.6449
"""Standard deviations on each side of a two-sided interval of 90% (normal distribution)."""
FLOOR = 0.001
"""No model is taken to be right, or wrong, always: probabilities are kept this far from 0 and 1."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Outcomes of a model on a task: `right` of `n`. Both may have fractions (partly right, or aged)."""

    right: float
    n: float


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that is known of an ability: mean and variance in logits, and what it is, in words. A `prior`
    is a guess made before any outcome was seen."""

    mean: float
    variance: float
    words: str
    prior: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """An ability: `mean` and standard deviation `sd` in logits, `provenance` for whoever asks why."""

    mean: float
    sd: float
    provenance: str

    @property
    def value(self) -> float:
        """0..1."""
        return sigmoid(self.mean)

    @property
    def low(self) -> float:
        """Lower end of the 90% interval, 0..1."""
        return sigmoid(self.mean - Z90 * self.sd)

    @property
    def high(self) -> float:
        """Upper end of the 90% interval, 0..1."""
        return sigmoid(self.mean + Z90 * self.sd)

    @property
    def n(self) -> float:
        """How many outcomes with this share of right ones would say as much: the n whose empirical logit
        (`counted`) has this variance v, from v (n p + 1/2) (n (1 - p) + 1/2) = n + 1; 0 from v = 4 on."""
        v, value = self.sd**2, self.value
        if v >= 4.0:
            return 0.0
        square, linear, constant = v * value * (1.0 - value), v / 2.0 - 1.0, v / 4.0 - 1.0
        return (sqrt(linear**2 - 4.0 * square * constant) - linear) / (2.0 * square)


@dataclass(frozen=True, slots=True)
class Abilities:
    """A model's estimates: one for every task, and `default` where the task is not known."""

    by_task: Mapping[Task, Estimate]
    default: Estimate

    def of(self, task: Task | None) -> Estimate:
        return self.default if task is None else self.by_task[task]


def logit(p: float) -> float:
    """ln(p / (1 - p)), with p kept within [FLOOR, 1 - FLOOR]."""
    p = FLOOR if p < FLOOR else 1.0 - FLOOR if p > 1.0 - FLOOR else p
    return log(p / (1.0 - p))


def sigmoid(x: float) -> float:
    """1 / (1 + e^-x), for any x without overflow."""
    if x < -700.0:
        return 0.0
    return 1.0 / (1.0 + exp(-x))


def counted(evidence: Evidence, between: float, words: str) -> Source:
    """Outcomes as a source. Mean ln((r + 1/2) / (n - r + 1/2)), variance 1 / (r + 1/2) + 1 / (n - r + 1/2):
    the empirical logit (Haldane 1955; Gart and Zweifel, Biometrika 1967). `between` is the standard
    deviation in logits by which such outcomes differ from the traffic's, beyond chance; 0 for the traffic
    itself."""
    right, wrong = evidence.right + 0.5, evidence.n - evidence.right + 0.5
    return Source(log(right / wrong), 1.0 / right + 1.0 / wrong + between**2, words)


def combined(sources: Sequence[Source]) -> Estimate:
    """The estimate from at least one source; provenance names them in the order given."""
    mean, precision = _weighted(sources)
    sd = sqrt(_birge([source for source in sources if not source.prior]) / precision)
    return Estimate(mean, sd, "; ".join(source.words for source in sources))


def _weighted(sources: Sequence[Source]) -> tuple[float, float]:
    """Precision-weighted mean, and the sum of the precisions."""
    precision = sum(1.0 / source.variance for source in sources)
    return sum(source.mean / source.variance for source in sources) / precision, precision


def _birge(sources: Sequence[Source]) -> float:
    """At least 1: by how much the sources scatter more than their variances say."""
    if len(sources) < 2:
        return 1.0
    mean, _ = _weighted(sources)
    scatter = sum((source.mean - mean) ** 2 / source.variance for source in sources)
    return max(1.0, scatter / (len(sources) - 1))


def pooled(estimates: Sequence[Estimate], words: str) -> Estimate:
    """The mean of several estimates of one model. Their errors share causes, so they are not averaged out."""
    count = len(estimates)
    mean = sum(estimate.mean for estimate in estimates) / count
    return Estimate(mean, sum(estimate.sd for estimate in estimates) / count, words)
