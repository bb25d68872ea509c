"""Reading and writing pipes without Python's buffers, which two processes after a fork would share."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any


class Lines:
    """JSON values, one a line, from a descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._parts: list[bytes] = []
        self._ready: list[bytes] = []

    def read(self) -> Any:
        """The next value; None at the end of the stream. A line that is no JSON raises ValueError."""
        while not self._ready:
            data = os.read(self.descriptor, 1 << 16)
            if not data:
                return None
            head, *rest = data.split(b"\n")
            self._parts.append(head)
            if rest:
                self._ready = [b"".join(self._parts), *rest[:-1]]
                self._parts = [rest[-1]]
        return json.loads(self._ready.pop(0))


def write_line(descriptor: int, value: Any) -> None:
    write_all(descriptor, json.dumps(value).encode() + b"\n")


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
