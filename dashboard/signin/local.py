"""Where no sign-in is set up: this machine only. Pure.

Three walls: the process listens on the loopback address or does not start; whoever looks comes from it; and
the browser asked for a loopback name, so that neither a proxy in front nor another site's DNS leads here.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

HOW = (
    "Set TIERGATE_DASHBOARD_ACCESS to a DashboardAccess document and start it with `tiergate dashboard`, or "
    "let it listen on 127.0.0.1."
)
_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip")


def is_loopback(host: str | None) -> bool:
    """Whether a name or address leads to this machine only; no name at all means every address."""
    if not host:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def exposed(bound: str | None) -> str | None:
    """Why a process without sign-in may not listen there; None: it may."""
    if is_loopback(bound):
        return None
    where = bound or "every address of this machine"
    return f"nobody could sign in, and it would listen on {where}. {HOW}"


def stranger(peer: str | None, headers: Mapping[str, str]) -> str | None:
    """Why whoever asks is not taken for somebody at this machine; None: they are. `peer` None: loopback."""
    given = {name.lower(): value for name, value in headers.items()}
    if peer is not None and not is_loopback(peer):
        return f"the request came from {peer}"
    forwarded = next((name for name in _FORWARDED if name in given), None)
    if forwarded is not None:
        return f"a proxy is in front of it ({forwarded})"
    host = given.get("host")
    if host is not None and not is_loopback(urlsplit(f"//{host}").hostname):
        return f"it was asked for as {host}"
    return None
