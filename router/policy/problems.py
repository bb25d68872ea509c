"""What is wrong with a document, where, and what would be right: the one shape of every policy complaint.

Must not hold a secret: messages go to logs, `/readyz` and terminals.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MAX_MESSAGE = 1000


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding. `line` counts from 1; `message` says what is wrong and what would be right.

    File and message are one printable line each, whatever the document holds: they go to logs and terminals.
    """

    file: str
    line: int
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", _printable(self.file))
        object.__setattr__(self, "message", _printable(self.message))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def _printable(text: str) -> str:
    shown = text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + "..."
    return shown if shown.isprintable() else "".join(c if c.isprintable() else "?" for c in shown)


class PolicyRejected(Exception):
    """The documents cannot be put in force. `problems` holds everything found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[PolicyRejected], tuple[tuple[Problem, ...]]]:
        """From one process to another as it is: an exception is made anew of its message otherwise."""
        return type(self), (self.problems,)


@dataclass(slots=True)
class Findings:
    """What a compilation found: `problems` refuse the documents, `notes` only inform."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most likely misspells, or None."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def choose(word: str, known: Sequence[str]) -> str:
    """`did you mean 'a'? known: a, b` for a word that is none of `known`."""
    guess = nearest(word, known)
    hint = f"did you mean '{guess}'? " if guess else ""
    return f"{hint}known: {', '.join(known) or 'none'}"
