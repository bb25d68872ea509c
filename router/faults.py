"""What a log says of a defect: what and where, never its text, which may quote a request or an answer."""

from __future__ import annotations

import logging
import traceback


def told(error: BaseException) -> str:
    """The error's type, its causes' and the lines that led to it, innermost last."""
    lines = [f"{type(error).__name__}"]
    for frame in traceback.extract_tb(error.__traceback__):
        lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        lines.append(f"after {told(cause)}")
    return "\n".join(lines)


class WithoutTexts(logging.Filter):
    """For loggers of libraries that log a defect with its traceback, whose last line is its text."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = "%s %s", (record.getMessage().strip(), told(record.exc_info[1]))
            record.exc_info = record.exc_text = None
        return True
