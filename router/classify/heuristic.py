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

from dataclasses import dataclass
from math import exp
from operator import add

from router.classify import difficulty, markers, tasks, tokens
from router.classify import language as languages
from router.classify.features import Features, extract
from router.classify.lexicon import TABLED, Concept
from router.classify.port import Conversation
from router.classify.text import BYTE_CLASSES, encode
from router.domain.facts import Signals
from router.domain.kinds import Task

_ASIDE = 200
"""Characters kept of each end of the system prompt and of what the user said before the last turn."""
_SHORT, _LONG = 5.0, 30.0
"""Words: up to the first a turn follows what came before, from the second on it stands alone."""


class HeuristicClassifier:
    """The `Classifier` without a model: stateless, so one instance serves every request."""

    def classify(self, conversation: Conversation) -> Signals:
        """Never raises; an empty conversation is `other` with no confidence."""
        whole = "\n".join(["", *[turn.text for turn in conversation.turns], ""])
        data = encode(whole)
        classes = data.translate(BYTE_CLASSES)
        reading = _read(conversation)
        return Signals(
            task=reading.task,
            difficulty=_bounded(sum(value for _, value in reading.reasons)),
            confidence=reading.confidence,
            language=reading.language,
            data_class=markers.strictest(whole, data, classes),
            input_tokens=tokens.of_conversation(classes, whole.isascii(), conversation),
        )


def explain(conversation: Conversation) -> difficulty.Reasons:
    """The named contributions whose sum, kept within 0..1, is the difficulty `classify` gives."""
    return _read(conversation).reasons


@dataclass(frozen=True, slots=True)
class _Reading:
    task: Task
    reasons: difficulty.Reasons
    confidence: float
    language: str


def _read(conversation: Conversation) -> _Reading:
    system, before, last = _split(conversation)
    focus = extract(last)
    follows = _follows(focus) if before else 0.0
    context = extract(before, _ASIDE) if follows > 0.0 else None
    if focus.language == languages.UNKNOWN and context is not None:
        focus = extract(last, fallback=context.language) if context.language != "en" else focus
    task, first, second = tasks.leading(_votes(conversation, focus, context, follows, system))
    language = focus.language
    if language == languages.UNKNOWN and context is not None:
        language = context.language
    return _Reading(
        task=task,
        reasons=_reasons(conversation, focus, context, follows, task),
        confidence=_confidence(first, second, focus, context, language) if last or before else 0.0,
        language=language,
    )


def _votes(
    conversation: Conversation, focus: Features, context: Features | None, follows: float, system: str
) -> list[float]:
    """The request's, the last turn's, the earlier turns' and the system prompt's votes, added up."""
    own = 1.0 - 0.6 * follows
    votes = [a + own * b for a, b in zip(tasks.wire_votes(conversation), tasks.own_votes(focus), strict=True)]
    if context is not None:
        votes = [a + follows * b for a, b in zip(votes, tasks.own_votes(context), strict=True)]
    if system:
        votes = list(map(add, votes, tasks.system_votes(extract(system, _ASIDE))))
    return votes


def _split(conversation: Conversation) -> tuple[str, str, str]:
    """System text, the three user turns before the last (their ends, if long), and the last user turn."""
    system, said = "", []
    for turn in conversation.turns:
        if turn.role == "user":
            said.append(turn.text)
        elif turn.role in ("system", "developer") and not system:
            system = turn.text
    if not said:
        return "", "", system
    return system, "\n".join(said[-4:-1]), said[-1]


def _follows(f: Features) -> float:
    """0..1: how much a last turn leans on what came before it."""
    c = f.concepts
    if c[Concept.GREETING] and f.size < 4 and not c[Concept.ASK]:
        return 0.0
    lean = min(1.0, max(0.0, (_LONG - f.size) / (_LONG - _SHORT)))
    return lean if c[Concept.FOLLOW] or f.size <= 4 else 0.3 * lean


def _reasons(
    conversation: Conversation, focus: Features, context: Features | None, follows: float, task: Task
) -> difficulty.Reasons:
    found = difficulty.reasons(focus, task)
    if context is not None:
        found = [(name, value * (1.0 - follows)) for name, value in found]
        earlier = difficulty.reasons(context, task)
        found += [(f"earlier turns: {name}", value * follows) for name, value in earlier]
    return found + difficulty.of_request(conversation)


def _confidence(
    first: float, second: float, focus: Features, context: Features | None, language: str
) -> float:
    """Margin between the two leading tasks x how much text was seen x whether its words are known."""
    margin = (first - second) / (first + 0.5) if first > 0 else 0.0
    size = focus.size + (context.size if context is not None else 0.0)
    seen = 1.0 - exp(-(size + 2.0) / 6.0)
    known = 1.0 if language in TABLED else 0.6
    return round(_bounded((0.35 + 0.65 * margin) * seen * known), 3)


def _bounded(value: float) -> float:
    return min(1.0, max(0.0, value))
