"""What the gateway and its shipper process say to each other, one JSON object a line.

The first line on the shipper's stdin is its configuration (a pipe: no secret in argv or environment);
the end of stdin means: put away everything that is there, then exit. Its stdout carries status lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
"""Of both: they log to the same stream."""


@dataclass(frozen=True, slots=True)
class ShipperConfig:
    """`journal` is the writer's directory in `root`, by name or path; None: only recover orphans.

    Times are seconds.
    """

    root: str
    journal: str | None
    database_url: str
    interval: float
    niceness: int = 10
    """At 10 the kernel lets a request that wakes up have the core at once (at 5 one in twenty waited for up
    to 3 ms, Linux 6.18), and leaves the shipper a tenth of a core that the gateway fills, twice its need."""
    give_up: float = 30.0
    """After the end of stdin: how long the database may stay away before the journal is left for later."""
    lock_grace: float = 1.0
    """The kernel closes a dying gateway's pipe and its lock in no given order: how long to wait for the
    lock before taking the gateway for alive."""

    def encode(self) -> bytes:
        return orjson.dumps(self) + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> ShipperConfig:
        return cls(**orjson.loads(line))

    @property
    def root_path(self) -> Path:
        return Path(self.root)


@dataclass(frozen=True, slots=True)
class ShipperStatus:
    """Counts are since the shipper started; rows put away again after a restart count again.
    `shipped_later` counts the rows that come later than their request, by table.

    `oldest_unshipped_age_s` is the age of the oldest settled request that is read and not in the
    database; 0 when there is none. `error` is why nothing moves, None while all is well.
    """

    shipped_requests: int = 0
    shipped_attempts: int = 0
    shipped_later: Mapping[str, int] = field(default_factory=dict)
    interrupted: int = 0
    quarantined: int = 0
    backlog_bytes: int = 0
    oldest_unshipped_age_s: float = 0.0
    error: str | None = None

    def encode(self) -> bytes:
        return orjson.dumps(self) + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> ShipperStatus:
        return cls(**orjson.loads(line))
