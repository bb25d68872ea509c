"""Figures per model out of results, and the table of them. Pure.

Accuracy is the mean over questions of the share of their repeats that passed. Its interval is Wilson's at
90%, over an effective number of answers: repeats of one question tell less than answers to as many questions
(Kish's design effect, from the variance between questions).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from router.domain.ability import Z90
from router.domain.interval import wilson
from router.domain.kinds import Verdict
from router.domain.money import PicoUSD, as_usd, exact_usd
from router.domain.percentile import percentile
from router.policy.ability.document import PublishedPart
from router.policy.table import aligned
from router.suites.results import Result


@dataclass(frozen=True, slots=True)
class Row:
    """One model asked for. `right` of `n` verified answers to `questions` questions; `unverified` answers
    could not be checked, `lost` questions had no answer: neither counts as right or wrong. `cost` is the
    exact sum in pico-USD over all answers (None: that of `unpriced` ones is unknown); latencies are
    seconds, `output` tokens. `answered_by` counts models, where others than the one asked for answered."""

    asked: str
    questions: int
    n: int
    right: int
    unverified: int
    lost: int
    accuracy: float | None
    low: float
    high: float
    cost: PicoUSD | None
    unpriced: int
    output: float | None
    p50_s: float | None
    p95_s: float | None
    answered_by: Mapping[str, int]
    simulated: bool

    @property
    def cost_per_right(self) -> PicoUSD | None:
        """What a right answer cost, the wrong ones paid for: rounded up to a whole pico-USD."""
        return PicoUSD(-(-self.cost // self.right)) if self.cost is not None and self.right else None


def scorecard(results: Iterable[Result]) -> list[Row]:
    """One row per model asked for, in the order of first appearance."""
    by_model: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_model[result.asked].append(result)
    return [_row(asked, found) for asked, found in by_model.items()]


def _row(asked: str, results: Sequence[Result]) -> Row:
    answered = [one for one in results if one.verdict is not None]
    decided: defaultdict[str, list[bool]] = defaultdict(list)
    for one in answered:
        if one.verdict is not Verdict.UNVERIFIED:
            decided[one.item].append(one.verdict is Verdict.PASSED)
    accuracy, (low, high) = _accuracy([*decided.values()])
    lengths = [one.output for one in answered if one.output is not None]
    seconds = sorted(one.seconds for one in answered if one.seconds is not None)
    costs = [one.cost for one in answered]
    by = Counter(str(one.model) for one in answered)
    return Row(
        asked=asked,
        questions=len(decided),
        n=sum(map(len, decided.values())),
        right=sum(map(sum, decided.values())),
        unverified=sum(one.verdict is Verdict.UNVERIFIED for one in answered),
        lost=len(results) - len(answered),
        accuracy=accuracy,
        low=low,
        high=high,
        cost=_sum(costs),
        unpriced=costs.count(None),
        output=sum(lengths) / len(lengths) if lengths else None,
        p50_s=percentile(seconds, 0.5),
        p95_s=percentile(seconds, 0.95),
        answered_by={} if set(by) == {asked} else dict(by.most_common()),
        simulated=any(one.simulated for one in answered),
    )


def _accuracy(questions: Sequence[Sequence[bool]]) -> tuple[float | None, tuple[float, float]]:
    """Mean over questions of the share right, and its interval."""
    if not questions:
        return None, (0.0, 1.0)
    shares = [sum(one) / len(one) for one in questions]
    count, answers = len(shares), sum(map(len, questions))
    mean = sum(shares) / count
    effective = float(count)
    if answers > count > 1:
        variance = sum((share - mean) ** 2 for share in shares) / (count - 1) / count
        effective = float(answers) if variance == 0 else mean * (1 - mean) / variance
        effective = min(float(answers), max(float(count), effective))
    return mean, wilson(mean * effective, effective, Z90)


def _sum(costs: Sequence[int | None]) -> PicoUSD | None:
    known = [cost for cost in costs if cost is not None]
    return PicoUSD(sum(known)) if costs and len(known) == len(costs) else None


Scores = Mapping[str, Sequence[PublishedPart]]
"""Published scores on the suite's benchmark, by model."""


def table(rows: Iterable[Row], scores: Scores) -> list[str]:
    """Aligned lines with a head."""
    head = ["model", "right", "accuracy", "90% interval", "published", "cost", "per right", "output", "p50 s"]
    return aligned([*head, "p95 s", "unchecked"], [_cells(row, scores.get(row.asked, ())) for row in rows])


def remarks(rows: Sequence[Row], scores: Scores) -> list[str]:
    """Who answered what was asked for, and where published scores stand."""
    lines = []
    for row in rows:
        if row.answered_by:
            by = ", ".join(f"{model} {n}" for model, n in row.answered_by.items())
            lines.append(f"{row.asked} was answered by: {by}")
        if row.unpriced:
            lines.append(f"{row.asked}: the cost of {row.unpriced} answers is unknown, so their sum is")
        for score in scores.get(row.asked, ()):
            told = f"{score.benchmark} {score.score:g}, harness {score.harness}, {score.date}: {score.source}"
            lines.append(f"published for {row.asked}: {told}")
    return lines


def document(rows: Iterable[Row], scores: Scores) -> list[dict[str, Any]]:
    """The rows for a program; money as exact decimal text in US dollars."""
    return [
        asdict(row)
        | {
            "cost": None if row.cost is None else exact_usd(row.cost),
            "cost_per_right": None if row.cost_per_right is None else exact_usd(row.cost_per_right),
            "published": [part.model_dump() for part in scores.get(row.asked, ())],
        }
        for row in rows
    ]


def _cells(row: Row, scores: Sequence[PublishedPart]) -> list[str]:
    left_out = [f"{row.unverified} unverified"] * bool(row.unverified) + [f"{row.lost} lost"] * bool(row.lost)
    return [
        row.asked,
        f"{row.right} of {row.n}",
        "-" if row.accuracy is None else f"{100 * row.accuracy:.1f}%",
        f"{100 * row.low:.0f}-{100 * row.high:.0f}%" if row.n else "-",
        ", ".join(f"{score.score:g}" for score in scores) or "-",
        _usd(row.cost),
        _usd(row.cost_per_right) if row.right else "-",
        "-" if row.output is None else f"{row.output:,.0f}",
        "-" if row.p50_s is None else f"{row.p50_s:.2f}",
        "-" if row.p95_s is None else f"{row.p95_s:.2f}",
        ", ".join(left_out),
    ]


def _usd(amount: PicoUSD | None) -> str:
    return "unknown" if amount is None else f"${as_usd(amount).quantize(Decimal('0.000001')):,}"
