"""What a router is measured by. Arrays in, numbers out; formulas with their sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_BINS = 10


@dataclass(frozen=True, slots=True)
class PairCurve:
    """Share of requests sent to the strong model, and the score then reached, from none to all."""

    share: Floats
    score: Floats
    weak: float
    strong: float

    def apgr(self) -> float:
        """Average performance gap recovered (RouteLLM, arXiv 2406.18665, section 3): the area between the
        curve and the weak model over that between the two models; 0.5 is random."""
        width = float(np.trapezoid(np.ones_like(self.share), self.share))
        area = float(np.trapezoid(self.score, self.share))
        return (area - self.weak * width) / ((self.strong - self.weak) * width)

    def cpt(self, recovered: float) -> float:
        """Call-performance threshold: share of strong calls at which `recovered` (0..1) of the gap is
        reached, by linear interpolation."""
        wanted = self.weak + recovered * (self.strong - self.weak)
        return float(np.interp(wanted, self.score, self.share))


def pair_curve(gain: Floats, weak: Floats, strong: Floats, seed: int = 0) -> PairCurve:
    """RouteLLM's evaluation: thresholds at the ten-quantiles of `gain` (higher: the strong model is worth
    more); requests at or above the threshold go to the strong model. Ties are broken by a tiny jitter."""
    jittered = gain + 1e-9 * np.random.default_rng(seed).random(len(gain))
    cuts = np.quantile(jittered, np.linspace(0.0, 1.0, _BINS + 1))
    sent = [jittered >= cut for cut in cuts[:-1]] + [jittered > cuts[-1]]
    points = sorted((float(s.mean()), float(np.where(s, strong, weak).mean())) for s in sent)
    share, score = np.array(points).T
    return PairCurve(share, score, float(weak.mean()), float(strong.mean()))


def auc(probability: Floats, right: Floats) -> float:
    """Area under the ROC curve of `probability` for the event score >= 0.5; NaN when all are alike."""
    positive = right >= 0.5
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    order = np.argsort(probability, kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    values, inverse = np.unique(probability, return_inverse=True)
    tied = np.bincount(inverse, weights=ranks) / np.bincount(inverse) if len(values) < len(ranks) else None
    ranks = ranks if tied is None else tied[inverse]
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def calibration(probability: Floats, right: Floats, bins: int = 10) -> tuple[Floats, Floats, Floats]:
    """Mean prediction, mean outcome and count of equally filled bins."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return (
        np.array([probability[part].mean() for part in parts]),
        np.array([right[part].mean() for part in parts]),
        np.array([float(len(part)) for part in parts]),
    )


def calibration_error(probability: Floats, right: Floats, bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015) over equally filled bins: 0 is perfect."""
    said, seen, count = calibration(probability, right, bins)
    return float((np.abs(said - seen) * count).sum() / count.sum())
