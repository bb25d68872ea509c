"""The few cheap views of a text that every feature is computed from.

A turn's text is looked at whole, as bytes, byte classes and their outline (C-level scans only: markers,
tokens); and clipped, as words (features, language). Nothing here gives meaning to what it finds, and
nothing here may cost more than one linear pass.
"""

from __future__ import annotations

CLIP = 600
"""Characters kept of each end of a long turn before any word is looked at."""
CLIP_DENSE = 240
"""The same for scripts that say in one character what takes three Latin ones (Han, kana, Hangul)."""


def _byte_classes() -> bytes:
    """One letter per byte value: A upper, a lower, 0 digit, space, newline and hyphen themselves, "."
    other ASCII, and for UTF-8 lead bytes e accented Latin, l other two-byte scripts, p general
    punctuation and the like, i Indic and South-East Asian, h East Asian, q four-byte; c continuation."""
    table = bytearray(b"." * 256)
    for byte in range(256):
        char = chr(byte)
        if byte >= 0x80:
            table[byte] = _lead_class(byte)
        elif char.isdigit():
            table[byte] = ord("0")
        elif char.isalpha():
            table[byte] = ord("A") if char.isupper() else ord("a")
        elif char in " -\n":
            table[byte] = byte
    table[ord("\t")] = ord(" ")
    return bytes(table)


def _lead_class(byte: int) -> int:
    """The class of a byte of a multi-byte UTF-8 sequence."""
    for first, letter in ((0xF0, "q"), (0xE3, "h"), (0xE1, "p"), (0xE0, "i"), (0xC6, "l"), (0xC2, "e")):
        if byte >= first:
            return ord(letter)
    return ord("c")


BYTE_CLASSES = _byte_classes()
_LOWER = b"abcdefghijklmnopqrstuvwxyz"

_ASCII_WORDS = bytes(
    ord(chr(b).lower()) if chr(b).isalnum() or b == ord("_") else ord(" ") for b in range(128)
).ljust(256)
_FOREIGN_WORDS = bytes(
    _ASCII_WORDS[b] if b < 128 else (ord(" ") if b in (0xC2, 0xE2) else b) for b in range(256)
)
"""The lead bytes C2 and E2 begin quotes, dashes and the like, no letters in use: they become spaces, and the
continuation bytes left behind are dropped in decoding. A third of the time of a word pattern."""
_ONLY_DIGITS = bytes(b if 48 <= b <= 57 else 32 for b in range(256))


def clip(text: str, keep: int = CLIP) -> str:
    """The first and last `keep` characters, by slices, so that no pattern ever sees the rest."""
    if len(text) <= 2 * keep:
        return text
    return f"{text[:keep]}\n{text[-keep:]}"


def encode(text: str) -> bytes:
    """UTF-8, with "?" for lone surrogates, which JSON may carry."""
    return text.encode("utf-8", "replace")


def outline(data: bytes) -> bytes:
    """Byte classes of a text without its lower-case ASCII letters: about a quarter of prose is left, and
    counting in it, or looking for digits, costs a quarter."""
    return data.translate(BYTE_CLASSES, _LOWER)


def words(text: str, data: bytes) -> list[str]:
    """Lower-case words of a clipped text; `data` is `encode(text)`."""
    if text.isascii():
        return data.translate(_ASCII_WORDS).decode("ascii").split()
    return encode(text.lower()).translate(_FOREIGN_WORDS).decode("utf-8", "ignore").split()


def count_numbers(data: bytes) -> int:
    """How many runs of ASCII digits there are."""
    return len(data.translate(_ONLY_DIGITS).split())
