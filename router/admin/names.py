"""The command line's names of who pays: as the admin API takes them, and never blank."""

from __future__ import annotations

import re

import click

LONGEST_NAME = 128
NAME_PATTERN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
"""No control characters, and not blanks alone: an unset shell variable must not become who pays."""
ORGANISATION_PATTERN = r"^[^\x00-\x1f\x7f/]*[^\s\x00-\x1f\x7f/][^\x00-\x1f\x7f/]*$"
"""The same without a slash: acme/search is the team search of acme."""
_RULE = f"it must have 1 to {LONGEST_NAME} characters, not blanks alone, without line breaks"
RULES = {
    NAME_PATTERN: _RULE,
    ORGANISATION_PATTERN: f"{_RULE}, and without a slash, because acme/search means the team search of acme",
}
"""The patterns in words."""


class Name(click.ParamType[str]):
    """A team, a project; with its own pattern an organisation."""

    name = "name"

    def __init__(self, pattern: str = NAME_PATTERN) -> None:
        self._pattern = pattern

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if len(text) > LONGEST_NAME or not re.search(self._pattern, text):
            self.fail(f"{text[:40]!r}: {RULES[self._pattern]}", param, ctx)
        return text


NAME, ORGANISATION = Name(), Name(ORGANISATION_PATTERN)
