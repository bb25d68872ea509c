"""Passwords as scrypt hashes (RFC 7914), and the check of one. Pure.

N = 2^15, r = 8, p = 3: one of the settings that OWASP's cheat sheet on password storage names, 32 MiB and
about a quarter of a second. A hash names its own parameters, so that they can be raised.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

N, R, P = 2**15, 8, 3
_BYTES = 32
_MEMORY = 256 * 2**20
HASH = r"scrypt:[0-9]{4,7}:[0-9]{1,2}:[0-9]{1,2}:[A-Za-z0-9_-]{16,64}={0,2}:[A-Za-z0-9_-]{40,64}={0,2}"
"""No `$` in it: compose and shells would take that for a variable."""
FEWEST = 12
"""Characters of a password, as NIST SP 800-63B-4 asks for at least, with some to spare."""


class WeakPassword(ValueError):
    """The message says what a password needs."""


def hashed(password: str, salt: bytes | None = None) -> str:
    """`scrypt:N:r:p:salt:hash`. Raises WeakPassword."""
    if len(password) < FEWEST:
        raise WeakPassword(f"it has {len(password)} characters; take {FEWEST} or more, such as four words")
    chosen = secrets.token_bytes(16) if salt is None else salt
    made = _scrypt(password, chosen, N, R, P)
    return f"scrypt:{N}:{R}:{P}:{_text(chosen)}:{_text(made)}"


def fits(password: str, stored: str) -> bool:
    """Whether `password` is the one that was hashed, in time that does not tell how close it is."""
    _, n, r, p, salt, made = stored.split(":")
    found = _scrypt(password, urlsafe_b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, urlsafe_b64decode(made))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_BYTES)


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()
