"""Months as finance names them: `2026-11`, the first day of the month in UTC. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import click


def month_of(day: date, months: int = 0) -> date:
    """The first of the month that is `months` after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def name(month: date) -> str:
    """`2026-11`."""
    return f"{month:%Y-%m}"


def parse_month(text: str) -> date:
    """Raises ValueError saying what a month looks like."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise ValueError(f"{text!r} is not a month: give it as 2026-11")
    return date(int(text[:4]), int(text[5:]), 1)


def microseconds(day: date) -> int:
    """Its midnight, UTC, as Unix microseconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


class _Month(click.ParamType[date]):
    name = "month"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return parse_month(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


MONTH = _Month()
