"""Features -> task, difficulty and confidence, by a small set of named, weighted rules.

The conversation is read, not only its last turn: a short follow-up inherits the task and difficulty of
what it follows, and a system prompt that commands a job ("classify into ...") names the task of every
turn under it. Every contribution has a name (`explain`). Weights were set by hand on public question
sets and on written cases, never on single questions. Must not depend on clock, policy or model.

Measured on public question sets (`tests/classify/test_on_outcomes.py`, the same sets the weights were
judged on, so not held out). Task read as the set's: GSM8K 0.83, MATH 0.88 and level 5 0.92, MBPP 0.99,
HumanEval 1.00, CRUX 1.00, LiveCodeBench 1.00, AIME 1.00, ARC 0.96, TriviaQA 1.00, NaturalQA 0.96, MMLU 0.95
knowledge, IFEval 0.67 instruction and 0.20 writing; GPQA splits evenly into knowledge and mathematics.
Rank correlation of difficulty with the mean failure rate: 0.28 pooled over 14,476 questions; 0.35 over
LLMRouter's 14 sets, 0.28 MMLU, 0.26 MATH level 5, 0.16 CRUX, 0.12 GSM8K, 0.06 trick questions. So it ranks
kinds of work well and questions of one kind weakly.
"""

from __future__ import annotations

from math import exp
from operator import add
from typing import NamedTuple

from router.classify import difficulty, tasks
from router.classify import language as languages
from router.classify.features import Features
from router.classify.lexicon import TABLED, Concept
from router.classify.port import Conversation
from router.classify.recall import Heard, Recall
from router.classify.text import clip
from router.domain.facts import Signals
from router.domain.kinds import Task

_ASIDE = 200
"""Characters kept of each end of the system prompt and of what the user said before the last turn."""
_SHORT, _LONG = 5.0, 30.0
"""Words: up to the first a turn follows what came before, from the second on it stands alone."""


class HeuristicClassifier:
    """The `Classifier` without a model; one instance serves every request, from any thread. Answers depend on
    the conversation alone; see `recall` for the texts that are kept in memory to save time."""

    def __init__(self) -> None:
        self._recall = Recall()

    def classify(self, conversation: Conversation) -> Signals:
        """Never raises; an empty conversation is `other` with no confidence."""
        return self.consider(conversation)[0]

    def consider(self, conversation: Conversation) -> tuple[Signals, Considered]:
        """The same, and the texts and votes it was concluded from."""
        reading = _read(conversation, self._recall)
        data_class, input_tokens = self._recall.weigh(conversation)
        signals = Signals(
            task=reading.task,
            difficulty=_bounded(sum(reading.shares)),
            confidence=reading.confidence,
            language=reading.language,
            data_class=data_class,
            input_tokens=input_tokens,
        )
        return signals, reading.considered


def explain(conversation: Conversation) -> difficulty.Reasons:
    """The named contributions whose sum, kept within 0..1, is the difficulty `classify` gives."""
    reading = _read(conversation, Recall())
    names = difficulty.names(reading.task)
    if reading.follows:
        names += tuple(f"earlier turns: {name}" for name in names)
    named = zip(names + difficulty.REQUEST_NAMES, reading.shares, strict=True)
    return [(name, value) for name, value in named if value]


class Considered(NamedTuple):
    """What a conclusion rests on: the last user turn with its features, what the user said before it ("" if
    it stands alone), and the votes in the order of `tasks.TASKS`."""

    last: str
    features: Features
    before: str
    votes: list[float]


class _Reading(NamedTuple):
    task: Task
    shares: list[float]
    follows: bool
    confidence: float
    language: str
    considered: Considered


def _read(conversation: Conversation, recall: Recall) -> _Reading:
    system, before, last = _split(conversation)
    focus = recall.hear(clip(last), len(last))
    follows = _follows(focus.features) if before else 0.0
    context = recall.hear(clip(before, _ASIDE), len(before)) if follows > 0.0 else None
    language = focus.features.language
    if language == languages.UNKNOWN and context is not None:
        language = context.features.language
        if language != "en":
            focus = recall.hear(clip(last), len(last), language)
    votes = _votes(conversation, focus, context, follows)
    if system:
        votes = list(map(add, votes, recall.command(clip(system, _ASIDE), len(system))))
    task, first, second = tasks.leading(votes)
    return _Reading(
        task,
        _shares(conversation, focus, context, follows, task),
        context is not None,
        _confidence(first, second, focus, context, language) if last or before else 0.0,
        language,
        Considered(last, focus.features, before if context is not None else "", votes),
    )


def _votes(conversation: Conversation, focus: Heard, context: Heard | None, follows: float) -> list[float]:
    """The last turn's, the request's and the earlier turns' votes, added up."""
    own = 1.0 - 0.6 * follows
    votes = [own * vote for vote in focus.votes]
    wire = tasks.wire_votes(conversation)
    if wire is not None:
        votes = list(map(add, wire, votes))
    if context is not None:
        votes = [a + follows * b for a, b in zip(votes, context.votes, strict=True)]
    return votes


def _split(conversation: Conversation) -> tuple[str, str, str]:
    """System text, the three user turns before the last (their ends, if long), and the last user turn."""
    system, said = "", []
    for turn in conversation.turns:
        role = turn.role
        if role == "user":
            said.append(turn.text)
        elif not system and role in ("system", "developer"):
            system = turn.text
    if not said:
        return "", "", system
    return system, "\n".join(said[-4:-1]), said[-1]


def _follows(f: Features) -> float:
    """0..1: how much a last turn leans on what came before it."""
    if f.size >= _LONG:
        return 0.0
    c = f.concepts
    if c[Concept.GREETING] and f.size < 4 and not c[Concept.ASK]:
        return 0.0
    lean = min(1.0, (_LONG - f.size) / (_LONG - _SHORT))
    return lean if c[Concept.FOLLOW] or f.size <= 4 else 0.3 * lean


def _shares(
    conversation: Conversation, focus: Heard, context: Heard | None, follows: float, task: Task
) -> list[float]:
    """The values that `difficulty` names: of the last turn, of the earlier ones if it follows them, of the
    request."""
    shares = difficulty.values(focus.features, task)
    if context is not None:
        shares = [value * (1.0 - follows) for value in shares]
        shares += [value * follows for value in difficulty.values(context.features, task)]
    shares += difficulty.of_request(conversation)
    return shares


def _confidence(first: float, second: float, focus: Heard, context: Heard | None, language: str) -> float:
    """Margin between the two leading tasks x how much text was seen x whether its words are known."""
    margin = (first - second) / (first + 0.5) if first > 0 else 0.0
    size = focus.features.size + (context.features.size if context is not None else 0.0)
    seen = 1.0 - exp(-(size + 2.0) / 6.0)
    known = 1.0 if language in TABLED else 0.6
    return round(_bounded((0.35 + 0.65 * margin) * seen * known), 3)


def _bounded(value: float) -> float:
    return 0.0 if value < 0.0 else 1.0 if value > 1.0 else value
