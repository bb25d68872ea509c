"""Which column of a CSV export says what. Providers rename columns: the first name that is there counts."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

DIRECTIONS = ("uncached_input", "cache_read", "cache_write", "output")


class Format(BaseModel):
    """`tokens`: by direction, the columns to add up. `includes_cached`: the input column counts cached tokens
    too. `line_item`: one column that names model and direction, as in `gpt-5-2025-08-07, cached input`.
    `models`: the invoice's model names to ours; a date at a name's end is cut off anyway."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: tuple[str, ...]
    model: tuple[str, ...] = ()
    line_item: tuple[str, ...] = ()
    amount: tuple[str, ...] = ()
    tokens: dict[str, tuple[str, ...]] = {}
    includes_cached: bool = False
    models: dict[str, str] = {}


OPENAI = Format(
    day=("start_time_iso", "start_time", "date"),
    model=("model",),
    line_item=("line_item",),
    amount=("amount_value", "amount", "cost"),
    tokens={
        "uncached_input": ("input_tokens",),
        "cache_read": ("input_cached_tokens",),
        "output": ("output_tokens",),
    },
    includes_cached=True,
)
"""The cost and the usage export of the platform's usage page."""

ANTHROPIC = Format(
    day=("usage_date_utc", "date"),
    model=("model_version", "model"),
    amount=("cost_usd", "amount"),
    tokens={
        "uncached_input": ("usage_input_tokens_no_cache",),
        "cache_read": ("usage_input_tokens_cache_read",),
        "cache_write": ("usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h"),
        "output": ("usage_output_tokens",),
    },
)
"""The cost and the usage export of the console."""


class BadFormat(ValueError):
    """The map cannot be used; the message says where and why."""


def read_format(path: Path, base: Format | None) -> Format:
    """The reader's map; fields it leaves out are those of `base`. Raises BadFormat, OSError."""
    try:
        given = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise BadFormat(f"{path}: {error}") from error
    if not isinstance(given, dict):
        raise BadFormat(f"{path}: a mapping is needed, such as `day: [date]`")
    listed = {k: [v] if isinstance(v, str) else v for k, v in given.items()}
    tokens = listed.get("tokens")
    if isinstance(tokens, dict):
        listed["tokens"] = {k: [v] if isinstance(v, str) else v for k, v in tokens.items()}
    try:
        found = Format.model_validate({**(base.model_dump() if base else {}), **listed})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadFormat(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    wrong = set(found.tokens) - set(DIRECTIONS)
    if wrong:
        raise BadFormat(f"{path}: tokens.{min(wrong)}: not one of {', '.join(DIRECTIONS)}")
    return found
