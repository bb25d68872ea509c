"""Votes for each kind of work, from the features of one text or from the wire.

Only evidence that somebody could point at in the text votes; a text without any is knowledge (a
statement to complete, a bare question) or, when tiny, nothing in particular.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.classify.features import Features
from router.classify.lexicon import Concept
from router.classify.port import Conversation
from router.classify.weights import capped
from router.domain.kinds import Task

TASKS = tuple(Task)
Votes = tuple[float, ...]
"""One vote for each of `TASKS`, in its order: plain positions, because this runs three times a request."""

_CONSTRAINTS = capped(0.65, 8)
_EXTRACTION = (0.0, 0.0, *capped(0.75, 4)[2:])
"""One such word alone, "table" or "dates", asks for nothing."""
_CLASSIFICATION = capped(1.4, 4)
_CODE_WORDS, _CODE_MARKS = capped(0.75, 5), capped(1.4, 3)
_TERMS, _HARD_TERMS, _PUZZLE = capped(0.6, 5), capped(0.8, 4), capped(0.9, 3)
_AMOUNTS, _AMOUNTS_ALONE = capped(0.5, 6), capped(0.12, 6)
_ASKED, _EXPLAINED, _FACTS, _SCIENCE = capped(0.35, 2), capped(0.3, 3), capped(0.3, 3), capped(0.35, 4)
_WRITTEN, _GENRE = capped(1.1, 2), capped(0.9, 2)
_SCHEMA = {"text": 0.0, "json_object": 0.7, "json_schema": 1.4}


def own_votes(f: Features) -> Votes:
    """What one user text says of its task."""
    c = f.concepts
    code = _code(f, c)
    mathematics = _mathematics(f, c) - 0.5 * (code if code < 3.0 else 3.0)
    if mathematics < 0.0:
        mathematics = 0.0
    solved = code > 2 or mathematics > 2 or f.options
    return (
        mathematics,
        code,
        _knowledge(f, c),
        _CONSTRAINTS[c[Concept.CONSTRAINT]] - (1.0 if solved else 0.2),
        0.0,
        _EXTRACTION[c[Concept.EXTRACT]],
        _CLASSIFICATION[c[Concept.CLASSIFY]],
        _writing(f, c, code),
        3.0 if c[Concept.GREETING] and f.size < 8 else 0.5,
    )


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


def wire_votes(conversation: Conversation) -> Votes | None:
    """What the request's parameters say, whatever its text; None if nothing, which is the common case."""
    if not conversation.tools and conversation.response_format == "text":
        return None
    tools = (4.5 if conversation.tool_turns else 3.0) if conversation.tools else 0.0
    return (0.0, 0.0, 0.0, 0.0, tools, _SCHEMA[conversation.response_format], 0.0, 0.0, 0.0)


def leading(votes: Sequence[float]) -> tuple[Task, float, float]:
    """The task with most votes, its votes and the runner-up's. `votes` in the order of `TASKS`."""
    second, first = sorted(votes)[-2:]
    return TASKS[votes.index(first)], first, second


def _code(f: Features, c: bytes) -> float:
    named = _CODE_WORDS[c[Concept.CODE]]
    asked = 1.2 if named and c[Concept.WRITE] else 0.0
    return named + asked + _CODE_MARKS[f.code_marks]


def _mathematics(f: Features, c: bytes) -> float:
    numbers, amounts = f.numbers, c[Concept.QUANTITY]
    terms = _TERMS[c[Concept.MATH]] + _HARD_TERMS[c[Concept.MATH_HARD]]
    symbols = (1.8 if f.formulas else 0.0) + (1.4 if numbers > 1 and f.operators else 0.0)
    counted = (_AMOUNTS if numbers >= 2 or (amounts >= 4 and numbers) else _AMOUNTS_ALONE)[amounts]
    if f.size > 89.0:  # a long text holds such words whatever it is about
        counted *= 90.0 / (f.size + 1.0)
    return terms + symbols + counted + _PUZZLE[c[Concept.LOGIC]] + (0.6 if numbers >= 3 else 0.0)


def _knowledge(f: Features, c: bytes) -> float:
    asked = _ASKED[c[Concept.ASK]] + _EXPLAINED[c[Concept.EXPLAIN]]
    topics = _FACTS[c[Concept.FACT]] + _SCIENCE[c[Concept.SCIENCE]]
    shape = (1.0 if f.options else 0.0) + (0.3 if f.question else 0.0)
    # Without any other sign a text is a statement to complete or a bare question.
    return (0.7 if f.size >= 1 else 0.2) + asked + topics + shape


def _writing(f: Features, c: bytes, code: float) -> float:
    if f.listing:
        return 2.5
    return (_WRITTEN[c[Concept.WRITE]] if code < 1.5 else 0.0) + _GENRE[c[Concept.GENRE]]
