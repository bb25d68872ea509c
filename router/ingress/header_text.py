"""The text of a request header: plain ASCII, or one of the two forms in which HTTP carries any text.

Both are RFC 9651's: a Display String `%"caf%c3%a9"` (section 3.3.8, percent-encoded UTF-8) and a Byte
Sequence `:Y2Fmw6k=:` (section 3.3.5, base64, here of UTF-8). Anything else is taken as it stands.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from urllib.parse import unquote_to_bytes

_PERCENT = re.compile(r'%"((?:[ !#$&-~]|%[0-9a-fA-F]{2})*)"')
"""Printable ASCII but `"` and `%`, which have to be encoded."""


def header_text(value: str) -> str:
    """The text that a header's value stands for. Raises ValueError with the reason, for people."""
    value = value.strip()
    if value.startswith('%"'):
        found = _PERCENT.fullmatch(value)
        if found is None:
            raise ValueError('a percent-encoded text is like %"caf%c3%a9", with %22 and %25 for " and %')
        return _utf8(unquote_to_bytes(found[1]))
    if len(value) > 1 and value[0] == value[-1] == ":":
        try:
            return _utf8(b64decode(value[1:-1], validate=True))
        except binascii.Error:
            raise ValueError("what stands between two colons must be base64") from None
    if not (value.isascii() and value.isprintable()):
        raise ValueError('not printable ASCII: send %"...", percent-encoded, or :...:, base64')
    return value


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ValueError("what is encoded must be UTF-8") from None
