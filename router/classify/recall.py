"""What depends on one text alone, and is kept for the texts last seen.

Apps send the system prompt and all earlier turns again with every request, so of a conversation usually only
the last turn is new. The functions are pure: keeping a result saves time and changes no answer.

It holds **prompt text, in this process's memory only**: never written anywhere, shared by all callers, and
displaced by newer texts. Longer turns are read afresh each time. Must not be keyed by less than the text: a
digest that collides would give one text the data class of another.

Bound: 1,024 turns of 1,000 characters, 256 of 8,000, 128 clips of 1,201 and 128 of 401, at up to four bytes a
character (text beyond the Basic Multilingual Plane; Latin text takes one or two): 13.1 MB of text, and under
1 MB of results. More would cost memory for little: it is enough for a hundred conversations at once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from router.classify import language, tasks, tokens
from router.classify.features import Features, extract
from router.classify.port import Conversation
from router.classify.turns import scan
from router.domain.kinds import DataClass

_BRIEF, _BRIEF_TURNS = 1_000, 1_024
_AMPLE, _AMPLE_TURNS = 8_000, 256
_CLIPS = 128


class Heard(NamedTuple):
    """The features of one text and what they vote for."""

    features: Features
    votes: tasks.Votes


def _hear(short: str, length: int, fallback: str = language.UNKNOWN) -> Heard:
    features = extract(short, length, fallback)
    return Heard(features, tasks.own_votes(features))


def _command(short: str, length: int) -> tasks.Votes:
    return tasks.system_votes(extract(short, length))


class Recall:
    """`hear(short, length, fallback)`: what a user said, given as `extract` takes it; `command(short,
    length)`: what a system prompt votes for. Safe to share between threads."""

    __slots__ = ("_ample", "_brief", "command", "hear")

    def __init__(self) -> None:
        self.hear = lru_cache(_CLIPS)(_hear)
        self.command = lru_cache(_CLIPS)(_command)
        self._brief = lru_cache(_BRIEF_TURNS)(scan)
        self._ample = lru_cache(_AMPLE_TURNS)(scan)

    def weigh(self, conversation: Conversation) -> tuple[DataClass | None, int]:
        """The strictest data class of any turn or tool text, and the prompt tokens of the whole."""
        strictest: DataClass | None = None
        rest, letters, ascii_only = 0, 0, True
        for turn in conversation.turns:
            text = turn.text
            size = len(text)
            read = self._brief if size <= _BRIEF else self._ample if size <= _AMPLE else scan
            marked, cost, lower, is_ascii = read(text)
            rest += cost
            letters += lower
            ascii_only = ascii_only and is_ascii
            if marked is not None and (strictest is None or marked.rank > strictest.rank):
                strictest = marked
        for text in conversation.carried:
            marked = scan(text)[0]
            if marked is not None and (strictest is None or marked.rank > strictest.rank):
                strictest = marked
        return strictest, tokens.of_conversation(rest, letters, ascii_only, conversation)
