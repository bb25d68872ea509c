"""Token quantities of one attempt, by direction and cache, as the providers bill them."""

from __future__ import annotations

from router.domain.value import value


@value
class Usage:
    """Tokens of one attempt. The four billed quantities are disjoint; reasoning is part of output.

    `estimated` is true when the gateway counted because the upstream's own report never came.
    """

    uncached_input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int | None = None
    estimated: bool = False

    @property
    def input(self) -> int:
        """All tokens sent: uncached + cache read + cache write."""
        return self.uncached_input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        return self.input + self.output
