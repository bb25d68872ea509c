"""The command line's way to say a point in time: `30m`, `24h`, `7d` ago, or a UTC date."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import click

_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}


class Since(click.ParamType[int]):
    """To Unix microseconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        text = str(value)
        if ago := re.fullmatch(r"(\d{1,6})([mhd])", text):
            return time.time_ns() // 1000 - int(ago[1]) * _SECONDS[ago[2]] * 1_000_000
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is neither like 30m, 24h, 7d nor a date like 2026-09-01", param, ctx)
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) * 1_000_000


SINCE = Since()


def until(first_us: int, end_us: int | None) -> int:
    """The end of what begins at `first_us`: now where none is given. Raises click.BadParameter for an empty
    time, which would be reported as one in which nothing happened."""
    end = time.time_ns() // 1000 if end_us is None else end_us
    if end <= first_us:
        first, last = (datetime.fromtimestamp(us / 1e6, UTC) for us in (first_us, end))
        said = f"{last:%Y-%m-%d %H:%M} is not after --from, {first:%Y-%m-%d %H:%M} (UTC)"
        raise click.BadParameter(said, param_hint="'--to'")
    return end
