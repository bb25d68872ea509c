"""What a model that judges says of an answer, and what several of its replies say together. Pure.

A judgement is an opinion: it is never a verdict, and no figure mixes the two. Pairs are shown in both orders,
because models prefer a place (Zheng et al. 2023, "Judging LLM-as-a-Judge", section 3.4): only what holds in
both counts.
"""

from __future__ import annotations

from enum import StrEnum

from router.domain.money import PicoUSD
from router.domain.value import value


class CompareWith(StrEnum):
    """What a judge sees beside the answer."""

    REFERENCE = "reference"
    """The reference that the app declared; where there is none, nothing."""
    BASELINE = "baseline"
    """The answer of the baseline model, bought for this."""
    NOTHING = "nothing"
    """Nothing: the answer is graded alone."""


class JudgeMode(StrEnum):
    """How an answer was judged."""

    PAIRWISE = "pairwise"
    POINTWISE = "pointwise"


class JudgeOutcome(StrEnum):
    """What came of it."""

    BETTER = "better"
    WORSE = "worse"
    TIE = "tie"
    INCONSISTENT = "inconsistent"
    """The two orders contradict each other: the judge preferred a place, not an answer."""
    GRADED = "graded"
    UNREADABLE = "unreadable"
    """A reply was not in the form asked for."""
    NO_ANSWER = "no_answer"
    """A call for the judgement gave no answer, or one that was cut off."""


class Preference(StrEnum):
    """Which of two texts one reply prefers."""

    ANSWER = "answer"
    OTHER = "other"
    TIE = "tie"


GRADES = 5
"""Grades are 1 (wrong or useless) to 5; their score is 0 to 1."""
GOOD_GRADE = 4
"""From here on an answer counts as good where a yes or no is needed."""


@value
class Judge:
    """How a rule's answers are judged: `share` of them, from 0 to 1, by `model`, as long as its budgets last.

    At least one of the budgets, pico-USD, is set. `max_output_tokens` bounds each reply, thinking included.
    """

    model: str
    share: float
    compare_with: CompareWith
    day_pico: PicoUSD | None
    month_pico: PicoUSD | None
    rubric: str | None
    max_output_tokens: int


@value
class Opinion:
    """What the replies say together. `first` is the reply to the answer shown first, `second` to the swap."""

    outcome: JudgeOutcome
    first: Preference | None = None
    second: Preference | None = None
    score: float | None = None


def of_pair(first: Preference | None, second: Preference | None) -> Opinion:
    """Two replies, one for each order; None could not be read."""
    if first is None or second is None:
        return Opinion(JudgeOutcome.UNREADABLE, first, second)
    if first is not second:
        one_tied = Preference.TIE in (first, second)
        return Opinion(JudgeOutcome.TIE if one_tied else JudgeOutcome.INCONSISTENT, first, second)
    outcome = {
        Preference.ANSWER: JudgeOutcome.BETTER,
        Preference.OTHER: JudgeOutcome.WORSE,
        Preference.TIE: JudgeOutcome.TIE,
    }
    return Opinion(outcome[first], first, second)


def of_grade(grade: int | None) -> Opinion:
    """One reply with a grade; None could not be read."""
    if grade is None:
        return Opinion(JudgeOutcome.UNREADABLE)
    return Opinion(JudgeOutcome.GRADED, score=(grade - 1) / (GRADES - 1))


def is_good(outcome: JudgeOutcome, score: float | None) -> bool | None:
    """Whether the judge takes the answer for good: not worse than what it was compared with, or graded 4 and
    up. None: it has no opinion."""
    match outcome:
        case JudgeOutcome.BETTER | JudgeOutcome.TIE:
            return True
        case JudgeOutcome.WORSE:
            return False
        case JudgeOutcome.GRADED if score is not None:
            return score >= (GOOD_GRADE - 1) / (GRADES - 1)
        case _:
            return None


_SAME_HOUSE = {
    "qwq": "qwen",
    "o": "gpt",
    "chatgpt": "gpt",
    "codestral": "mistral",
    "magistral": "mistral",
    "ministral": "mistral",
    "mixtral": "mistral",
    "gemma": "gemini",
}
"""Names under which the same maker sells the same training."""


def family(model: str) -> str:
    """The letters a model's name begins with, after any owner: `Qwen/QwQ-32B` and `qwen2.5-7b` are `qwen`."""
    name = model.rpartition("/")[2].lower()
    letters = name[: next((i for i, c in enumerate(name) if not c.isalpha()), len(name))]
    return _SAME_HOUSE.get(letters, letters)
