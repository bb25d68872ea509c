"""What providers bill beside plain tokens of the four directions, each at a price of its own."""

from __future__ import annotations

from enum import StrEnum


class Unit(StrEnum):
    """One such quantity. `part_of` names the direction whose tokens it is counted among.

    The names are those of the price book, of the ledger's `units` column and of screens.
    """

    CACHE_WRITE_1H = "cache_write_1h"
    """Tokens written to a cache kept for one hour; plain cache writes are kept for minutes."""
    AUDIO_INPUT = "audio_input"
    AUDIO_CACHE_READ = "audio_cache_read"
    IMAGE_INPUT = "image_input"
    VIDEO_INPUT = "video_input"
    AUDIO_OUTPUT = "audio_output"
    IMAGE_OUTPUT = "image_output"
    SEARCH = "search"
    """Calls of the provider's own web search: no tokens, so part of no direction."""

    @property
    def part_of(self) -> str | None:
        """`uncached_input`, `cache_read`, `cache_write` or `output`; None: counted among no tokens."""
        return _PART_OF[self]


_PART_OF = {
    Unit.CACHE_WRITE_1H: "cache_write",
    Unit.AUDIO_INPUT: "uncached_input",
    Unit.AUDIO_CACHE_READ: "cache_read",
    Unit.IMAGE_INPUT: "uncached_input",
    Unit.VIDEO_INPUT: "uncached_input",
    Unit.AUDIO_OUTPUT: "output",
    Unit.IMAGE_OUTPUT: "output",
    Unit.SEARCH: None,
}
