"""A thread that works only while nobody else wants its core.

Whatever niceness a process has, Linux may leave it on the core for most of a tick (4 ms at 250 Hz) when
another wakes up; a thread of policy SCHED_IDLE goes at once. What it gets of a core that stays full is next
to nothing, and without privileges none comes back from that policy. So only the thread has it, and what may
not wait is done without it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

log = logging.getLogger(__name__)
_T = TypeVar("_T")


class IdleThread:
    """Runs one piece of work at a time; on systems without such threads as a plain one."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "idle", initializer=_give_way)

    def run(self, work: Callable[[], _T]) -> _T:
        """Does `work` in the thread and waits for it. Raises what it raises."""
        return self._executor.submit(work).result()

    def close(self) -> None:
        self._executor.shutdown()


def _give_way() -> None:
    """For the calling thread alone: 0 names the thread here, not its process."""
    if not hasattr(os, "SCHED_IDLE"):
        return
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except OSError as error:
        log.warning("the ledger's background thread keeps its priority: %s", error)
