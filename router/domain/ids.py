"""Time-ordered ids. Pure: the time and the entropy are passed in."""

from __future__ import annotations


def uuid7(milliseconds: int, entropy: bytes) -> str:
    """RFC 9562 UUID version 7 from Unix milliseconds and ten random bytes, in canonical text form."""
    high = int.from_bytes(entropy[:2], "big") & 0x0FFF
    low = int.from_bytes(entropy[2:10], "big") & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    stamp = f"{milliseconds & 0xFFFF_FFFF_FFFF:012x}"
    tail = f"{low:016x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{high:03x}-{tail[:4]}-{tail[4:]}"
