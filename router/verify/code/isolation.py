"""The port to what isolates, and the choice of one: each kind is tried out before it is trusted.

A kind counts as available only after code run in it has failed to read a file of this machine, to open a
socket and to make a process. Without any, nothing is ever run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from router.domain.value import value
from router.verify.code.limits import Limits


@value
class Launch:
    """How to start a walled process: the program, its environment, and the first line that it reads."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    setup: Mapping[str, Any]


class Isolation(Protocol):
    """One kind of wall."""

    @property
    def name(self) -> str: ...

    def launch(self, limits: Limits) -> Launch:
        """Raises OSError or subprocess.SubprocessError when it cannot work here at all."""
        ...


@value
class Probed:
    """Whether a kind of isolation holds on this machine; `reason` says why not."""

    name: str
    reason: str | None
    isolation: Isolation | None


_TRIAL = """
import os, socket
def held(path):
    found = []
    try:
        open(path).close()
        found.append("read a file of the host")
    except OSError:
        pass
    try:
        socket.socket().close()
        found.append("opened a socket")
    except OSError:
        pass
    try:
        if os.fork() == 0:
            os._exit(0)
        found.append("made a process")
    except OSError:
        pass
    return found
"""


@lru_cache(maxsize=1)
def probe() -> tuple[Probed, ...]:
    """Every kind, best first, tried once per process."""
    from router.verify.code.backends import BACKENDS  # noqa: PLC0415 - backends know this module

    return tuple(_probed(backend) for backend in BACKENDS)


def find_isolation() -> Isolation | None:
    """The best isolation that holds on this machine, or None. The first call takes up to a second."""
    return next((probed.isolation for probed in probe() if probed.isolation is not None), None)


def describe_isolation() -> tuple[tuple[str, str], ...]:
    """Each kind with "in use", "available" or the reason why it is not."""
    best = find_isolation()
    return tuple(
        (p.name, p.reason or ("in use" if best is not None and p.name == best.name else "available"))
        for p in probe()
    )


def _probed(isolation: Isolation) -> Probed:
    reason = why_not(isolation)
    return Probed(isolation.name, reason, None if reason else isolation)


def why_not(isolation: Isolation) -> str | None:
    """Tries an isolation out; returns what is wrong with it, or None."""
    from router.verify.code.calls import first_value  # noqa: PLC0415
    from router.verify.code.session import Lost  # noqa: PLC0415

    with tempfile.NamedTemporaryFile(prefix="tiergate-probe-") as secret:
        try:
            found = first_value(_TRIAL, "held", (secret.name,), Limits(), isolation)
        except Lost as error:
            return str(error)
    return None if found == ["l", []] else f"it does not hold: {found!r}"[:200]
