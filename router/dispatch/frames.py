"""Server-sent events: bytes as they arrive -> whole frames. Bounded; knows nothing of chat."""

from __future__ import annotations

from router.dispatch.port import BrokenReply

MAX_FRAME = 8_000_000
"""Bytes. A frame is one token or one tool-call fragment; images in replies are the largest seen."""


class FrameSplitter:
    """Cuts a byte stream after each blank line; keeps an unfinished frame for the next chunk."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Whole frames, each with its blank line. Raises BrokenReply for a frame without end."""
        data = self._rest + chunk if self._rest else chunk
        if b"\r" in data:
            # A carriage return at the very end may be half of a line end: wait for its other half.
            held = data.endswith(b"\r")
            data = (data[:-1] if held else data).replace(b"\r\n", b"\n") + (b"\r" if held else b"")
        elif len(data) > 2 and data.find(b"\n\n") == len(data) - 2:  # one whole frame, as nearly always
            self._rest = b""
            return [data]
        *whole, self._rest = data.split(b"\n\n")
        if len(self._rest) > MAX_FRAME:
            raise BrokenReply(f"a streamed event is larger than {MAX_FRAME} bytes")
        return [frame + b"\n\n" for frame in whole if frame]

    def end(self) -> list[bytes]:
        """The last frame of a stream that ended without its blank line."""
        rest, self._rest = self._rest.strip(), b""
        return [rest + b"\n\n"] if rest else []


def frame_data(frame: bytes) -> bytes:
    """The data of a frame, its lines joined; empty for comments and other fields."""
    if frame.startswith(b"data:") and frame.find(b"\n") == len(frame) - 2:
        return frame[5:-2].strip()
    lines = [line[5:].strip() for line in frame.split(b"\n") if line.startswith(b"data:")]
    return b"\n".join(lines)
