"""Loading a model into this process, and saying how far it is: a first load may fetch gigabytes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TypeVar

from router.domain.catalog import Endpoint

log = logging.getLogger(__name__)
SAY_EVERY = 5.0
_STATM = Path("/proc/self/statm")
_PAGE = 4096
_MB = 1_000_000

T = TypeVar("T")


async def loaded(
    endpoint: Endpoint,
    load: Callable[[Endpoint], T],
    fetched: Callable[[Endpoint], int | None],
    say_every: float = SAY_EVERY,
) -> T:
    """What `load` returns; it runs in a thread, and the log hears of it every `say_every` seconds. `fetched`:
    bytes of the model on this machine so far; None: it is not fetched from anywhere."""
    began, before = monotonic(), _resident()
    log.info("endpoint %s: loading %s", endpoint.id, endpoint.target)
    task = asyncio.create_task(asyncio.to_thread(load, endpoint))
    while not (await asyncio.wait((task,), timeout=say_every))[0]:
        size = await asyncio.to_thread(fetched, endpoint)
        told = "" if size is None else f", {size // _MB} MB of it are here"
        log.info("endpoint %s: still loading after %.0f s%s", endpoint.id, monotonic() - began, told)
    engine = task.result()
    grown = max(0, _resident() - before) // _MB
    log.info("endpoint %s: loaded in %.1f s, %d MB", endpoint.id, monotonic() - began, grown)
    return engine


def _resident() -> int:
    """Bytes of memory of this process; 0 where the system does not say."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE
    except OSError:
        return 0
