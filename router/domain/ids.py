"""Time-ordered ids. Pure: the time and the entropy are passed in."""

from __future__ import annotations

_STAMP = (1 << 48) - 1
_HIGH, _LOW = (1 << 12) - 1, (1 << 62) - 1
_MARKS = 0x7 << 76 | 0b10 << 62
"""Version 7 and the variant of RFC 9562, in their places."""


def uuid7(milliseconds: int, entropy: int) -> str:
    """RFC 9562 UUID version 7 from Unix milliseconds and 74 random bits, in canonical text form."""
    random = (entropy >> 62 & _HIGH) << 64 | entropy & _LOW
    text = f"{(milliseconds & _STAMP) << 80 | _MARKS | random:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
