"""How well a judge judges: agreement with what was verified or reported, and its biases, with 95% intervals.

Pure: judged answers in, figures out. A figure from fewer than `ENOUGH` answers is unknown: its interval would
be wider than what one wants to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from router.domain.interval import wilson
from router.domain.judgement import JudgeMode, JudgeOutcome, Preference, family, is_good
from router.domain.value import value
from router.judge.rank import fisher_interval, rank_correlation

ENOUGH = 50
"""At this n the interval of a share is up to 28 points wide."""
_Z95 = 1.959964
_LONGER = 1.1
"""One text is longer than another from a tenth on."""


@value
class Figure:
    """A figure with its 95% interval; all None where `n` is below `ENOUGH`, or where it has no value."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@value
class Judged:
    """One judged answer. `verified` is what the outcome checks say, `reported` what people or apps do; None:
    nothing. `verified` and `reported` are never mixed."""

    judged_model: str
    mode: JudgeMode
    outcome: JudgeOutcome
    first: Preference | None
    second: Preference | None
    score: float | None
    answer_chars: int
    other_chars: int | None
    verified: bool | None
    reported: bool | None

    @property
    def good(self) -> bool | None:
        """The judge's yes or no, where it has one."""
        return is_good(self.outcome, self.score)


@value
class Agreement:
    """Judge against truth. `both_good` and so on count answers; `rate` is the share on which they agree,
    `kappa` Cohen's: 0 as good as chance, 1 always."""

    both_good: int
    judge_only: int
    truth_only: int
    both_bad: int
    rate: Figure
    kappa: Figure


def agreement(pairs: Sequence[tuple[bool, bool]]) -> Agreement:
    """Of (judge, truth)."""
    a, b, c, d = (sum(pair == cell for pair in pairs) for cell in _CELLS)
    return Agreement(a, b, c, d, share(a + d, len(pairs)), _kappa((a, b, c, d)))


_CELLS = ((True, True), (True, False), (False, True), (False, False))


def share(hits: int, n: int) -> Figure:
    """A share with Wilson's interval."""
    return Figure(n) if n < ENOUGH else Figure(n, hits / n, *wilson(hits, n, _Z95))


def _kappa(counts: Sequence[int]) -> Figure:
    """Cohen (1960), with the large-sample variance of Fleiss, Cohen and Everitt (1969, equation 13), taken
    with half an answer added to each cell: without that a perfect agreement has none."""
    n = sum(counts)
    kappa = None if n < ENOUGH else _point(counts)
    if kappa is None:
        return Figure(n)
    error = _Z95 * _kappa_error([count + 0.5 for count in counts])
    return Figure(n, kappa, max(-1.0, kappa - error), min(1.0, kappa + error))


def _point(counts: Sequence[float]) -> float | None:
    n = sum(counts)
    a, b, c, d = (count / n for count in counts)
    chance = (a + b) * (a + c) + (c + d) * (b + d)
    return None if chance == 1 else (a + d - chance) / (1 - chance)


def _kappa_error(counts: Sequence[float]) -> float:
    n = sum(counts)
    a, b, c, d = (count / n for count in counts)
    judge, truth = (a + b, c + d), (a + c, b + d)
    chance = judge[0] * truth[0] + judge[1] * truth[1]
    kappa = (a + d - chance) / (1 - chance)
    on = sum(p * (1 - (judge[i] + truth[i]) * (1 - kappa)) ** 2 for i, p in enumerate((a, d)))
    off = (1 - kappa) ** 2 * (b * (truth[0] + judge[1]) ** 2 + c * (truth[1] + judge[0]) ** 2)
    rest = (kappa - chance * (1 - kappa)) ** 2
    return sqrt(max(0.0, on + off - rest) / n) / (1 - chance)


def inconsistent(rows: Sequence[Judged]) -> Figure:
    """Share of readable pairs whose two orders contradict each other."""
    pairs = _pairs(rows)
    return share(sum(row.outcome is JudgeOutcome.INCONSISTENT for row in pairs), len(pairs))


def position(rows: Sequence[Judged]) -> Figure:
    """Net preference for the first place: pairs lost to it minus pairs lost to the second, over all pairs; 0
    is none. The interval is that of a difference of paired proportions, taken with half a pair more on
    each side: without that a judge that never contradicts itself has none."""
    pairs = _pairs(rows)
    n = len(pairs)
    if n < ENOUGH:
        return Figure(n)
    lost = [row for row in pairs if row.outcome is JudgeOutcome.INCONSISTENT]
    to_first = sum(row.first is Preference.ANSWER for row in lost)
    net = (2 * to_first - len(lost)) / n
    return _bounded(n, net, sqrt(max(0.0, (len(lost) + 1) / n - net**2) / n))


def longer_wins(rows: Sequence[Judged]) -> Figure:
    """Of decided pairs in which one text is at least a tenth longer: the share that the longer one wins. 0.5
    is no bias, as far as longer texts are not really better."""
    decided = (JudgeOutcome.BETTER, JudgeOutcome.WORSE)
    unequal = [
        (row, row.other_chars)
        for row in rows
        if row.outcome in decided and row.other_chars and not _alike(row.answer_chars, row.other_chars)
    ]
    won = sum((row.answer_chars > other) is (row.outcome is JudgeOutcome.BETTER) for row, other in unequal)
    return share(won, len(unequal))


def length_and_grade(rows: Sequence[Judged]) -> Figure:
    """Spearman's correlation of an answer's length and its grade."""
    graded = [(row.answer_chars, row.score) for row in rows if row.score is not None]
    n = len(graded)
    rho = rank_correlation(graded) if n >= ENOUGH else None
    if rho is None:
        return Figure(n)
    return Figure(n, rho, *fisher_interval(rho, n))


def self_preference(judge: str, rows: Sequence[Judged]) -> Figure:
    """How much more the judge overrates answers of its own family than those of others: the difference of
    (judged good - verified good), over verified answers. `n` is the smaller of the two groups."""
    groups: dict[bool, list[int]] = {True: [], False: []}
    for row in rows:
        if row.verified is not None and row.good is not None:
            groups[family(row.judged_model) == family(judge)].append(row.good - row.verified)
    n = min(map(len, groups.values()))
    if n < ENOUGH:
        return Figure(n)
    (own, own_error), (others, other_error) = map(_mean, (groups[True], groups[False]))
    return _bounded(n, own - others, sqrt(own_error + other_error))


def _pairs(rows: Sequence[Judged]) -> list[Judged]:
    return [row for row in rows if row.first is not None and row.second is not None]


def _alike(one: int, other: int) -> bool:
    return max(one, other) < _LONGER * min(one, other)


def _mean(values: Sequence[int]) -> tuple[float, float]:
    """The mean and its squared standard error."""
    mean = sum(values) / len(values)
    return mean, sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)


def _bounded(n: int, found: float, error: float) -> Figure:
    return Figure(n, found, max(-1.0, found - _Z95 * error), min(1.0, found + _Z95 * error))
