"""URL and headers to the bytes of a request head. Pure; must not know of connections."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit


class Origin(NamedTuple):
    """Where connections lead; each origin has its own pool."""

    host: str
    port: int
    tls: bool


@lru_cache(maxsize=1024)
def target(url: str) -> tuple[Origin, str]:
    """Split an absolute http(s) URL into its origin and the part of the head that never varies.

    Raises ValueError for anything else. Cached: URLs come from the catalog, so they are few.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an absolute http or https URL: {url!r}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL with credentials is refused; send them as a header")
    tls = parts.scheme == "https"
    origin = Origin(parts.hostname, parts.port or (443 if tls else 80), tls)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return origin, f"{path} HTTP/1.1\r\nhost: {parts.netloc}\r\naccept-encoding: identity\r\n"


def head(method: str, fixed: str, headers: Mapping[str, str], length: int | None) -> bytes:
    """The request head; `length` is the body's, None for no body.

    Raises ValueError if a header would break out of its line or is not latin-1.
    """
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    if length is not None:
        lines.append(f"content-length: {length}\r\n")
    text = f"{method} {fixed}{''.join(lines)}\r\n"
    line_breaks = len(lines) + 4  # request line, host, accept-encoding, the empty line
    if text.count("\n") != line_breaks or text.count("\r") != line_breaks or "\0" in text:
        raise ValueError("a header name or value holds a line break or a NUL")
    return text.encode("latin-1")
