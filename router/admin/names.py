"""The command line's names of who pays: as the admin API takes them, and never blank."""

from __future__ import annotations

import re

import click

LONGEST_NAME = 128
NAME_PATTERN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
"""No control characters, and not blanks alone: an unset shell variable must not become who pays."""
NAME_RULE = f"it must have 1 to {LONGEST_NAME} characters, not blanks alone, without line breaks"
"""`NAME_PATTERN` in words."""


class Name(click.ParamType[str]):
    """An organisation, a team, a project."""

    name = "name"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if len(text) > LONGEST_NAME or not re.search(NAME_PATTERN, text):
            self.fail(f"{text[:40]!r}: {NAME_RULE}", param, ctx)
        return text


NAME = Name()
