"""Which model served a conversation's previous turn: remembered for a while, in this process, without its
text.

A request is one turn of a conversation if it carries an answer. What was said before that answer names the
conversation: the digest of key, project and all turns but the models' own and the tools', because clients
send answers back shortened or without their thinking. Two conversations of one key that began alike share a
name until they part; all that follows from a wrong name is a preference between admissible candidates.

Bounded and lost on restart on purpose: what is remembered is worth a prompt cache of some minutes. Must not
hold or log text; a digest is over the ends of each turn, so that its cost does not grow with a pasted book.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple, Protocol

from router.domain.caller import Caller
from router.domain.conversation import Conversation
from router.domain.decision import Candidate
from router.domain.facts import Facts, Previous

MOST_CONVERSATIONS = 20_000
FORGOTTEN_AFTER_S = 3_600.0
"""Longer than any prompt cache (the policy says how long that is warm) and most tool calls."""
_ENDS = 2_000
"""Characters of each end of a turn that are digested, with its length."""
_OWN = ("assistant", "tool", "function")


class Memory(Protocol):
    """What the pipeline asks before it decides, and tells once a turn is answered."""

    def recall(self, names: Names, now: datetime) -> Previous | None: ...

    def remember(self, names: Names, facts: Facts, served: Candidate) -> None: ...


class Names(NamedTuple):
    """What a request's conversation is called. `unit`: 64 bits that all its turns have in common, those of
    what was said before its first answer. `before`, of what was said before the last answer, is what the turn
    was called that this request follows; None: there is no answer yet. `now` is of all that was said."""

    unit: int
    before: bytes | None
    now: bytes


class _Turn(NamedTuple):
    model: str
    endpoint: str
    at: datetime
    input_tokens: int


class RecentConversations:
    """The `Memory` of one process. The conversation whose last turn is oldest is forgotten first. `recall`
    only reads, so it may run in another thread than `remember`."""

    def __init__(self, most: int = MOST_CONVERSATIONS, seconds: float = FORGOTTEN_AFTER_S) -> None:
        self._most = most
        self._seconds = seconds
        self._turns: dict[bytes, _Turn] = {}

    def __len__(self) -> int:
        return len(self._turns)

    def recall(self, names: Names, now: datetime) -> Previous | None:
        """Who served the turn that this request follows. None: its first turn, or not remembered."""
        found = None if names.before is None else self._turns.get(names.before)
        if found is None:
            return None
        age = max(0.0, (now - found.at).total_seconds())
        if age > self._seconds:
            return None
        return Previous(found.model, found.endpoint, age, found.input_tokens)

    def remember(self, names: Names, facts: Facts, served: Candidate) -> None:
        """`served` answered this request, whose `facts` were decided on."""
        self._turns.pop(names.now, None)
        self._turns[names.now] = _Turn(served.model.name, served.endpoint.id, facts.now, facts.input_tokens)
        if len(self._turns) > self._most:
            del self._turns[next(iter(self._turns))]


def names_of(caller: Caller, conversation: Conversation) -> Names:
    """In one pass. 16 bytes each: nobody can guess a conversation of another key, and none of its text can
    be read from them."""
    owner = f"{caller.key_id}\0{caller.project}"
    said = blake2b(owner.encode("utf-8", "surrogatepass"), digest_size=16)
    first = last = None
    for turn in conversation.turns:
        role, text = turn.role, turn.text
        if role == "assistant":
            last = said.copy()
            first = first or last
        elif role not in _OWN:
            size = len(text)
            ends = text if size <= 2 * _ENDS else text[:_ENDS] + text[-_ENDS:]
            said.update(f"\0{role}\0{size}\0{ends}".encode("utf-8", "surrogatepass"))
    unit = int.from_bytes((first or said).digest()[:8], "big")
    return Names(unit, None if last is None else last.digest(), said.digest())
