"""Asks the detecting processes what a request holds. Fails closed: who does not answer in time is taken to
have found the worst that was looked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from router.domain.detection import Detected, Sought, judged, strictest
from router.domain.kinds import DataClass
from router.telemetry import DECLARED_FIELD, Metrics
from router.verify.killable.pool import Pool
from router.verify.threads import Stuck, Threads

log = logging.getLogger(__name__)
HANDLER = Path(__file__).with_name("worker.py")
_MEMORY_BYTES = 3 << 30
"""Of addresses, most of which its libraries map and never touch; it uses 150 MB."""
_SIZE = 2
_START_SECONDS = 60.0
"""Importing takes two seconds on an idle machine."""


class Detectors:
    """`seconds`: how long a request may be looked at, waiting for its turn included. Processes start with the
    first policy that looks for something. Close it when done."""

    def __init__(self, seconds: float, metrics: Metrics, handler: Path = HANDLER) -> None:
        self._seconds = seconds
        self._metrics = metrics
        self._handler = handler
        self._threads = Threads(size=_SIZE)
        self._pool: Pool | None = None
        self._starting = Lock()

    async def warm(self, sought: tuple[Sought, ...]) -> None:
        """Waits until the processes are there, if they are needed."""
        if sought:
            await asyncio.gather(*(self._threads.run(lambda: self._ask("", sought), _START_SECONDS)
                                   for _ in range(_SIZE)), return_exceptions=True)  # fmt: skip

    async def look(
        self, payload: Mapping[str, Any], sought: tuple[Sought, ...], known: DataClass
    ) -> Detected | None:
        """What a request holds of what is `sought`; None: nothing that could raise the class that is `known`
        already was looked for."""
        worth = tuple([one for one in sought if one.data_class.rank > known.rank])
        if not worth:
            return None
        text = "\n".join(_texts(payload))
        try:
            found = await self._threads.run(lambda: self._ask(text, worth), self._seconds)
        except (TimeoutError, Stuck):
            found = Detected(strictest(worth), failed=f"no answer within {self._seconds:g} s")
        if found.failed is not None:
            log.warning("a request is taken for %s: detectors: %s", found.data_class, found.failed)
            self._metrics.detections.add(("failed",))
        for name, count in found.found.items():
            self._metrics.detections.add((name,), count)
        return found

    def close(self) -> None:
        """Ends the processes."""
        if self._pool is not None:
            self._pool.close()

    def _ask(self, text: str, sought: tuple[Sought, ...]) -> Detected:
        """Blocks, in a thread."""
        types = ",".join(sorted(frozenset[str]().union(*(one.types for one in sought))))
        reply = self._processes().ask({"text": text, "types": types})
        if reply.said is None or "scores" not in reply.said:
            reason = reply.reason or str((reply.said or {}).get("reason", "no scores"))
            return Detected(strictest(sought), failed=reason)
        return judged(sought, reply.said["scores"])

    def _processes(self) -> Pool:
        with self._starting:
            if self._pool is None:
                self._pool = Pool(
                    self._handler,
                    size=_SIZE,
                    limit_s=self._seconds,
                    memory_bytes=_MEMORY_BYTES,
                    start_limit_s=_START_SECONDS,
                )
            return self._pool


def _texts(node: Any, name: str = "") -> Iterator[str]:
    """Every text that an upstream would be sent, tool arguments and schemas included; pictures, sound and
    files, which are no text, and what no upstream sees left out."""
    if isinstance(node, str):
        if name not in _ENCODED and not node.startswith("data:"):
            yield node
    elif isinstance(node, Mapping):
        for key, inner in node.items():
            if key != DECLARED_FIELD:
                yield from _texts(inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from _texts(inner, name)


_ENCODED = frozenset({"data", "file_data"})
"""Fields that hold base64."""
