"""How hard a request is: named contributions, summed and kept within 0..1.

Difficulty is the chance that a mid-sized open model (7 to 70 B) gets it wrong, as public outcomes show
it. All contributions but keyword counts are independent of language. Must not look at the task's name in
a header, at prices or at models.
"""

from __future__ import annotations

from math import log2

from router.classify.features import Features
from router.classify.lexicon import Concept
from router.classify.port import Conversation
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


def reasons(f: Features, task: Task) -> Reasons:
    """The contributions of one text read as `task`, largest rules first; their sum is its difficulty."""
    found = [(f"task:{task}", _BASE[task])]
    if task is Task.MATH:
        _mathematics(f, found)
    elif task is Task.KNOWLEDGE:
        _knowledge(f, found)
    elif task is Task.INSTRUCTION:
        found.append(("constraints", 0.03 * min(f.concepts[Concept.CONSTRAINT], 8)))
    elif task is Task.CODE:
        _code(f, found)
    found.append(("depth", 0.07 * min(f.concepts[Concept.DEEP], 4)))
    found.append(("length", _length(f.size, task)))
    return [(name, value) for name, value in found if value]


def of_request(conversation: Conversation) -> Reasons:
    """Contributions of the request around the text: tools to choose from, results to reconcile, pictures."""
    found = []
    if conversation.tools:
        found.append(("tools", min(0.01 * conversation.tools, 0.12)))
    if conversation.tool_turns:
        found.append(("tool turns", min(0.02 * conversation.tool_turns, 0.12)))
    if conversation.images or conversation.audio:
        found.append(("media", 0.1))
    return found


def _mathematics(f: Features, found: Reasons) -> None:
    c = f.concepts
    found.append(("advanced mathematics", 0.08 * min(c[Concept.MATH_HARD], 4)))
    found.append(("terms", 0.02 * min(c[Concept.MATH], 4)))
    found.append(("formulas", 0.16 if f.formulas else 0.0))
    found.append(("numbers", 0.02 * min(f.numbers, 10)))
    found.append(("everyday amounts", -0.03 * min(c[Concept.QUANTITY], 5)))
    found.append(("puzzle", 0.09 * min(c[Concept.LOGIC], 4)))
    found.append(("science", 0.06 * min(c[Concept.SCIENCE], 3)))


def _knowledge(f: Features, found: Reasons) -> None:
    c = f.concepts
    found.append(("recall of specifics", 0.06 * min(c[Concept.FACT], 3)))
    found.append(("science", 0.05 * min(c[Concept.SCIENCE], 4)))
    found.append(("numbers", 0.02 * min(f.numbers, 10)))
    found.append(("mathematics", 0.02 * min(c[Concept.MATH], 4) + 0.05 * min(c[Concept.MATH_HARD], 3)))
    found.append(("formulas", 0.12 if f.formulas else 0.0))
    found.append(("options given", -0.08 if f.options else 0.0))
    found.append(("puzzle", 0.07 * min(c[Concept.LOGIC], 3)))


def _code(f: Features, found: Reasons) -> None:
    found.append(("contest", 0.2 if f.size > 120 and f.formulas else 0.0))
    found.append(("operators", 0.01 * min(f.operators, 12)))
    found.append(("numbers", 0.008 * min(f.numbers, 12)))


def _length(size: float, task: Task) -> float:
    """Up to a fifth more for each doubling past 30 words; less under it, where little can go wrong."""
    if task in (Task.OTHER, Task.CLASSIFICATION, Task.EXTRACTION):
        return min(0.15, 0.02 * max(0.0, log2((size + 1) / 100)))
    return min(0.18, max(-0.12, 0.04 * log2((size + 4) / 30)))
