"""Where the content of a request may go: the one question that every egress asks.

An egress is whatever takes a request's content, or what was made of it, out of the gateway's memory: a model
that answers, judges or is compared with, and the texts that the ledger keeps. Logs, metrics and spans take
none.
Fails closed: a place that nobody named is no place.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.domain.kinds import DataClass
from router.domain.value import value

ON_PREMISES = "on-premises"
"""Where restricted data may go if the policy does not say."""


@value
class Clearance:
    """`places`: the residency labels that content of `data_class` may go to; None: anywhere."""

    data_class: DataClass
    places: frozenset[str] | None

    def admits(self, place: str | None) -> bool:
        """Whether the content may go there; None: nobody said where it is."""
        return self.places is None or place in self.places

    def within(self, required: frozenset[str]) -> Clearance:
        """Narrowed to what a rule requires; empty: it requires nothing."""
        if not required:
            return self
        places = required if self.places is None else self.places & required
        return Clearance(self.data_class, places)

    def told(self) -> str:
        """The places in words."""
        return "anywhere" if self.places is None else ", ".join(sorted(self.places)) or "nowhere"


def clearances(residency: Mapping[DataClass, frozenset[str]]) -> Mapping[DataClass, Clearance]:
    """The clearance of every class, from the places that a policy declares. A class of which it says nothing
    is held to those of the next laxer class, and restricted data stays on the premises then."""
    found: dict[DataClass, Clearance] = {}
    places: frozenset[str] | None = None
    for data_class in sorted(DataClass, key=lambda one: one.rank):
        if data_class in residency:
            places = residency[data_class]
        elif data_class is DataClass.RESTRICTED:
            home = frozenset({ON_PREMISES})
            places = home if places is None else places & home
        found[data_class] = Clearance(data_class, places)
    return found
