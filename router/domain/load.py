"""How busy an endpoint is at the moment of a decision, and what follows from it. Pure.

With all c places taken and a mean service time of S seconds, places come free at the rate c/S, so a call with
`ahead` others before it waits (ahead + 1) S / c seconds on average: M/M/c once its servers are busy
(Kleinrock, Queueing Systems I, 3.5).
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil

from router.domain.catalog import Endpoint
from router.domain.value import value

_SPREAD = 1.25
"""An endpoint may have this share of the mean load before conversations go elsewhere: consistent hashing with
bounded loads (Mirrokni, Thorup and Zadimoghaddam, SODA 2018), with their epsilon of 1/4."""
_MASK = 2**64 - 1
OUT_OF_SERVICE = "it is taken out of service for now"
"""What an app hears of a drained endpoint: who drained it and why are words for operators."""


@value
class Load:
    """One endpoint. `running` calls of this gateway on `places`; `wait_s`: seconds that one more call is
    expected to wait for a place, 0 while one is free, None where that is not known. `full`: it would not be
    let in to wait, or not for long enough. `first_token_s` and `token_s` (seconds per output token) are what
    its answers took lately; None: too few were seen. `drained`: why it takes nobody; None: it does."""

    running: int
    places: int
    wait_s: float | None = 0.0
    full: bool = False
    first_token_s: float | None = None
    token_s: float | None = None
    drained: str | None = None


Loads = dict[str, Load]
"""By endpoint; one left out is idle, or nothing is known of it."""


def expected_wait(ahead: int, places: int, service_s: float | None) -> float | None:
    """Seconds until a place is free for a call with `ahead` others before it; None: not known."""
    return None if service_s is None or places < 1 else (ahead + 1) * service_s / places


def service_seconds(endpoint: Endpoint, load: Load | None, output: int) -> float | None:
    """Seconds that an answer of `output` tokens takes once it has its place: as observed, else as the catalog
    says; None: neither."""
    if load is not None and load.token_s is not None:
        first = load.first_token_s if load.first_token_s is not None else endpoint.first_token_s or 0.0
        return first + output * load.token_s
    return endpoint.seconds_for(output)


def overloaded(load: Load | None, endpoint: Endpoint, running: int, places: int) -> bool:
    """Whether one more call would give `endpoint` more than its share of a group that has `running` calls on
    `places`, both summed over the group."""
    if load is None:
        one_more, own = 1, endpoint.max_concurrency
    else:
        one_more, own = load.running + 1, load.places
    return one_more > ceil(_SPREAD * (running + 1) * own / (places or 1))


def weight(conversation: int, endpoint: str) -> int:
    """Of endpoints that are as good as each other, the one with the largest weight has the conversation:
    rendezvous hashing (Thaler and Ravishankar 1998), so that every gateway agrees without a word, and an
    endpoint that leaves moves none but its own. 63 bits; the mixing is splitmix64's."""
    mixed = (conversation ^ salt(endpoint)) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) >> 1


@lru_cache(4_096)
def salt(endpoint: str) -> int:
    """64 bits of an endpoint's name: FNV-1a."""
    found = 0xCBF29CE484222325
    for byte in endpoint.encode():
        found = ((found ^ byte) * 0x100000001B3) & _MASK
    return found
