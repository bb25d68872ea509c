"""How hard a request is: named contributions, summed and kept within 0..1.

Difficulty is the chance that a mid-sized open model (7 to 70 B) gets it wrong, as public outcomes show
it. All contributions but keyword counts are independent of language. Names and values stand apart, in one
order, because only `explain` reads the names. Must not look at the task's name in a header, at prices or
at models.
"""

from __future__ import annotations

from math import log2

from router.classify.features import Features
from router.classify.lexicon import Concept
from router.classify.port import Conversation
from router.classify.weights import capped
from router.domain.kinds import Task

Reasons = list[tuple[str, float]]

_BASE = {
    Task.MATH: 0.26,
    Task.CODE: 0.34,
    Task.KNOWLEDGE: 0.33,
    Task.INSTRUCTION: 0.30,
    Task.TOOL_USE: 0.36,
    Task.EXTRACTION: 0.22,
    Task.CLASSIFICATION: 0.16,
    Task.WRITING: 0.22,
    Task.OTHER: 0.12,
}
_MATH_NAMES = "advanced mathematics,terms,formulas,numbers,everyday amounts,puzzle,science"
_KNOWLEDGE_NAMES = "recall of specifics,science,numbers,mathematics,formulas,options given,puzzle"
_NAMES = {
    Task.MATH: _MATH_NAMES.split(","),
    Task.KNOWLEDGE: _KNOWLEDGE_NAMES.split(","),
    Task.INSTRUCTION: ["constraints"],
    Task.CODE: ["contest", "operators", "numbers"],
}
_MATH, _KNOWLEDGE, _INSTRUCTION, _CODE = Task.MATH, Task.KNOWLEDGE, Task.INSTRUCTION, Task.CODE
_EASY = (Task.OTHER, Task.CLASSIFICATION, Task.EXTRACTION)
"""Under names of their own: Python 3.11 finds an enum's member in about the time of ten comparisons."""
REQUEST_NAMES = ("tools", "tool turns", "media")

_DEPTH, _CONSTRAINTS = capped(0.07, 4), capped(0.03, 8)
_TERMS, _HARD_TERMS, _AMOUNTS = capped(0.02, 4), capped(0.08, 4), capped(-0.03, 5)
_PUZZLE, _SCIENCE = capped(0.09, 4), capped(0.06, 3)
_RECALL, _RECALL_SCIENCE, _RECALL_PUZZLE = capped(0.06, 3), capped(0.05, 4), capped(0.07, 3)
_RECALL_TERMS, _RECALL_HARD_TERMS = capped(0.02, 4), capped(0.05, 3)


def names(task: Task) -> tuple[str, ...]:
    """What each of `values` is called, in their order."""
    return (f"task:{task}", *_NAMES.get(task, ()), "depth", "length")


def values(f: Features, task: Task) -> list[float]:
    """The contributions of one text read as `task`, zeros included; their sum is its difficulty."""
    found = [_BASE[task]]
    if task is _KNOWLEDGE:
        found += _knowledge(f)
    elif task is _MATH:
        found += _mathematics(f)
    elif task is _INSTRUCTION:
        found.append(_CONSTRAINTS[f.concepts[Concept.CONSTRAINT]])
    elif task is _CODE:
        found += _code(f)
    found.append(_DEPTH[f.concepts[Concept.DEEP]])
    found.append(_length(f.size, task))
    return found


def of_request(conversation: Conversation) -> tuple[float, float, float]:
    """Contributions of the request around the text: tools to choose from, results to reconcile, pictures."""
    tools, results = conversation.tools, conversation.tool_turns
    return (
        min(0.01 * tools, 0.12) if tools else 0.0,
        min(0.02 * results, 0.12) if results else 0.0,
        0.1 if conversation.images or conversation.audio else 0.0,
    )


def _mathematics(f: Features) -> tuple[float, ...]:
    c, numbers = f.concepts, f.numbers
    return (
        _HARD_TERMS[c[Concept.MATH_HARD]],
        _TERMS[c[Concept.MATH]],
        0.16 if f.formulas else 0.0,
        0.02 * (numbers if numbers < 10 else 10),
        _AMOUNTS[c[Concept.QUANTITY]],
        _PUZZLE[c[Concept.LOGIC]],
        _SCIENCE[c[Concept.SCIENCE]],
    )


def _knowledge(f: Features) -> tuple[float, ...]:
    c, numbers = f.concepts, f.numbers
    return (
        _RECALL[c[Concept.FACT]],
        _RECALL_SCIENCE[c[Concept.SCIENCE]],
        0.02 * (numbers if numbers < 10 else 10),
        _RECALL_TERMS[c[Concept.MATH]] + _RECALL_HARD_TERMS[c[Concept.MATH_HARD]],
        0.12 if f.formulas else 0.0,
        -0.08 if f.options else 0.0,
        _RECALL_PUZZLE[c[Concept.LOGIC]],
    )


def _code(f: Features) -> tuple[float, ...]:
    return (
        0.2 if f.size > 120 and f.formulas else 0.0,
        0.01 * min(f.operators, 12),
        0.008 * min(f.numbers, 12),
    )


def _length(size: float, task: Task) -> float:
    """Up to a fifth more for each doubling past 30 words; less under it, where little can go wrong."""
    if task in _EASY:
        return min(0.15, 0.02 * max(0.0, log2((size + 1) / 100)))
    return min(0.18, max(-0.12, 0.04 * log2((size + 4) / 30)))
