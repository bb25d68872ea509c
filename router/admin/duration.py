"""The command line's way to say how long: `90s`, `30m`, `24h`, `90d`."""

from __future__ import annotations

import re

import click

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Duration(click.ParamType[int]):
    """To microseconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d{1,5})([smhd])", str(value), re.ASCII)
        if not found:
            self.fail(f"{value!r} is not like 90s, 30m, 24h or 90d", param, ctx)
        return int(found[1]) * _SECONDS[found[2]] * 1_000_000


DURATION = Duration()
