"""Votes for each kind of work, from the features of one text or from the wire.

Only evidence that somebody could point at in the text votes; a text without any is knowledge (a
statement to complete, a bare question) or, when tiny, nothing in particular.
"""

from __future__ import annotations

from collections.abc import Iterable

from router.classify.features import Features
from router.classify.lexicon import Concept
from router.classify.port import Conversation
from router.domain.kinds import Task

TASKS = tuple(Task)
Votes = tuple[float, ...]
"""One vote for each of `TASKS`, in its order: plain positions, because this runs three times a request."""


def own_votes(f: Features) -> Votes:
    """What one user text says of its task."""
    c = f.concepts
    code = _code(f)
    mathematics = max(0.0, _mathematics(f) - 0.5 * min(code, 3.0))
    solved = code > 2 or mathematics > 2 or f.options
    constrained = 0.65 * min(c[Concept.CONSTRAINT], 8) - (1.0 if solved else 0.2)
    extraction = 0.75 * min(c[Concept.EXTRACT], 4) if c[Concept.EXTRACT] > 1 else 0.0
    classification = 1.4 * min(c[Concept.CLASSIFY], 4)
    other = 3.0 if c[Concept.GREETING] and f.size < 8 else 0.5
    knowledge, writing = _knowledge(f), _writing(f, code)
    return (mathematics, code, knowledge, constrained, 0.0, extraction, classification, writing, other)


def system_votes(f: Features) -> Votes:
    """What a system prompt says: a commanded job counts nearly in full, a described persona a little."""
    mathematics, code, _, _, _, extraction, classification, writing, _ = own_votes(f)
    return (
        min(0.4 * mathematics, 1.2),
        min(0.5 * code, 1.5),
        0.0,
        0.0,
        0.0,
        extraction,
        1.4 * classification,
        min(0.5 * writing, 1.2),
        0.0,
    )


def wire_votes(conversation: Conversation) -> Votes:
    """What the request's parameters say, whatever its text."""
    tools = (4.5 if conversation.tool_turns else 3.0) if conversation.tools else 0.0
    schema = {"text": 0.0, "json_object": 0.7, "json_schema": 1.4}[conversation.response_format]
    return (0.0, 0.0, 0.0, 0.0, tools, schema, 0.0, 0.0, 0.0)


def leading(votes: Iterable[float]) -> tuple[Task, float, float]:
    """The task with most votes, its votes and the runner-up's. `votes` in the order of `TASKS`."""
    listed = list(votes)
    second, first = sorted(listed)[-2:]
    return TASKS[listed.index(first)], first, second


def _code(f: Features) -> float:
    c = f.concepts
    named = 0.75 * min(c[Concept.CODE], 5)
    asked = 1.2 if c[Concept.CODE] and c[Concept.WRITE] else 0.0
    return named + asked + 1.4 * min(f.code_marks, 3)


def _mathematics(f: Features) -> float:
    c = f.concepts
    terms = 0.6 * min(c[Concept.MATH], 5) + 0.8 * min(c[Concept.MATH_HARD], 4)
    symbols = (1.8 if f.formulas else 0.0) + (1.4 if f.numbers > 1 and f.operators else 0.0)
    amounts = c[Concept.QUANTITY]
    counted = (0.5 if f.numbers >= 2 or (amounts >= 4 and f.numbers) else 0.12) * min(amounts, 6)
    counted *= min(1.0, 90.0 / (f.size + 1.0))  # a long text holds such words whatever it is about
    puzzle = 0.9 * min(c[Concept.LOGIC], 3)
    return terms + symbols + counted + puzzle + (0.6 if f.numbers >= 3 else 0.0)


def _knowledge(f: Features) -> float:
    c = f.concepts
    asked = 0.35 * min(c[Concept.ASK], 2) + 0.3 * min(c[Concept.EXPLAIN], 3)
    topics = 0.3 * min(c[Concept.FACT], 3) + 0.35 * min(c[Concept.SCIENCE], 4)
    shape = (1.0 if f.options else 0.0) + (0.3 if f.question else 0.0)
    # Without any other sign a text is a statement to complete or a bare question.
    return (0.7 if f.size >= 1 else 0.2) + asked + topics + shape


def _writing(f: Features, code: float) -> float:
    c = f.concepts
    if f.listing:
        return 2.5
    asked = 1.1 * min(c[Concept.WRITE], 2) if code < 1.5 else 0.0
    return asked + 0.9 * min(c[Concept.GENRE], 2)
