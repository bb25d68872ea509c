"""Which column of a CSV export says what. Providers add columns and drop them: the first name that is there
counts.

Neither provider documents the columns of its files. What stands here was read in November 2026 off files that
their receivers published: OpenAI's cost and usage exports of October 2025 and September 2026, Anthropic's
of December 2024 to September 2026. It agrees with the fields of the administrators' APIs that are documented
(`/v1/organization/costs` and `/v1/organization/usage/completions` at
developers.openai.com, `/v1/organizations/cost_report` at platform.claude.com). That report's `amount` is in
cents, unlike `cost_usd` of the file: it is no column of ours, so that nobody takes one for the other.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

DIRECTIONS = ("uncached_input", "cache_read", "cache_write", "output")


class Format(BaseModel):
    """`tokens`: by direction, the columns to add up. `includes_cached`: the input column counts cached tokens
    too, read and written. `line_item`: one column that names model and direction, as in
    `gpt-5-2025-08-07, cached input`; `items` says which of its endings is which direction, and `quantity` is
    the column of its tokens. `currency`: the column that has to say USD. `models`: the invoice's model names
    to ours; a date at a name's end is cut off anyway. `display_names`: what has spaces is a model as people
    write it, such as `Claude Haiku 4.5`, and its name is `claude-haiku-4-5`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: tuple[str, ...]
    model: tuple[str, ...] = ()
    line_item: tuple[str, ...] = ()
    items: dict[str, str] = {}
    quantity: tuple[str, ...] = ()
    amount: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    tokens: dict[str, tuple[str, ...]] = {}
    includes_cached: bool = False
    display_names: bool = False
    models: dict[str, str] = {}


OPENAI = Format(
    day=("start_time_iso", "start_time"),
    model=("model",),
    line_item=("line_item",),
    items={"input": "uncached_input", "cached input": "cache_read", "output": "output"},
    quantity=("quantity",),
    amount=("amount_value",),
    currency=("amount_currency",),
    tokens={
        "uncached_input": ("input_tokens",),
        "cache_read": ("input_cached_tokens",),
        "cache_write": ("input_cache_write_tokens",),
        "output": ("output_tokens",),
    },
    includes_cached=True,
)
"""The cost export, grouped by line item, or the usage export, grouped by model, of the usage page. The cost
export has had no `quantity` before 2026: then it has amounts only."""

ANTHROPIC = Format(
    day=("usage_date_utc",),
    model=("model_version", "model"),
    amount=("cost_usd",),
    tokens={
        "uncached_input": ("usage_input_tokens_no_cache",),
        "cache_read": ("usage_input_tokens_cache_read",),
        "cache_write": (
            "usage_input_tokens_cache_write",
            "usage_input_tokens_cache_write_5m",
            "usage_input_tokens_cache_write_1h",
        ),
        "output": ("usage_output_tokens",),
    },
    display_names=True,
)
"""The console's cost export (whole cents a line, models by their display names) or its usage export (tokens,
models by their ids)."""


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
    for name, directions in (("tokens", found.tokens), ("items", found.items.values())):
        wrong = set(directions) - set(DIRECTIONS)
        if wrong:
            raise BadFormat(f"{path}: {name}.{min(wrong)}: not one of {', '.join(DIRECTIONS)}")
    return found
