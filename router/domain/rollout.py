"""How far a rule is rolled out, and who is in: stable, so that nobody is in today and out tomorrow. Pure.

Every caller or conversation is a number of 64 bits, its unit. With a rule's salt it becomes a place in [0, 1)
by the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014); a share takes in whoever stands below it,
so that a growing share keeps all that it had. It is written for one number here and, for arrays of them, in
`lifecycle/replay/rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

from router.domain.facts import Facts

MASK = 2**64 - 1
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class RuleMode(StrEnum):
    """What a rule may do."""

    ENFORCE = "enforce"
    SHADOW = "shadow"
    """Decide beside the rule in force, recorded and never acted on."""
    CANARY = "canary"
    """Act on a share of the requests."""


class Sticky(StrEnum):
    """What stays in or out of a canary together."""

    CALLER = "caller"
    """All requests of a key."""
    CONVERSATION = "conversation"
    """All turns of a conversation."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """`share` from 0 to 1 counts for a canary."""

    mode: RuleMode = RuleMode.ENFORCE
    share: float = 1.0
    sticky: Sticky = Sticky.CALLER


ENFORCED = Rollout()


def place(unit: int, salt: int) -> float:
    """Where a unit stands in [0, 1) under a salt, as a multiple of 2^-53."""
    x = unit ^ salt
    x = (x ^ x >> 30) * FIRST & MASK
    x = (x ^ x >> 27) * SECOND & MASK
    return ((x ^ x >> 31) >> 11) * 2.0**-53


@lru_cache(maxsize=10_000)
def unit_of(text: str) -> int:
    """The unit of a key's id, or the salt of a rule's name."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def unit_for(facts: Facts, sticky: Sticky) -> int:
    """The unit of a request. A conversation that nobody remembered counts as one of its own."""
    caller = unit_of(facts.caller.key_id)
    if sticky is Sticky.CALLER:
        return caller
    if facts.conversation is not None:
        return facts.conversation
    return caller ^ (facts.now - _EPOCH) // _MICROSECOND
