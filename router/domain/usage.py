"""Token quantities of one attempt, by direction and cache, as the providers bill them."""

from __future__ import annotations

from router.domain.units import Unit
from router.domain.value import value

Units = tuple[tuple[Unit, int], ...]

STANDARD_TIERS = frozenset({"standard", "default", "auto", "on_demand", "on-demand"})
"""What providers call the service tier that their plain price list is for: Anthropic standard, OpenAI and
Azure default, Groq on_demand; servers that know no tiers repeat the request's auto."""


@value
class Usage:
    """Tokens of one attempt. The four billed quantities are disjoint; reasoning is part of output.

    `units` are quantities that may have a price of their own, none of them 0; those of tokens are part of
    one of the four (see `Unit.part_of`). `service_tier` is the tier that the provider says it served, such
    as batch, flex or priority; None: its standard one. `estimated` is true when the gateway counted because
    the upstream's own report never came.
    """

    uncached_input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int | None = None
    estimated: bool = False
    units: Units = ()
    service_tier: str | None = None

    @property
    def input(self) -> int:
        """All tokens sent: uncached + cache read + cache write."""
        return self.uncached_input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        return self.input + self.output
