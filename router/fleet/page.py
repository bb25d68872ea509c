"""vLLM's metrics page -> what it says of its queue, its cache and its tokens.

Names as vLLM documents them (docs.vllm.ai, Production Metrics), older ones too; counters start at 0 when a
server does. Read by one expression: of some thousand lines a dozen are wanted, and the gateway reads the page
every few seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WANTED = {
    "num_requests_running": "running",
    "num_requests_waiting": "waiting",
    "kv_cache_usage_perc": "cache_usage",
    "gpu_cache_usage_perc": "cache_usage",
    "prefix_cache_queries_total": "queried_tokens",
    "gpu_prefix_cache_queries_total": "queried_tokens",
    "prefix_cache_hits_total": "cached_tokens",
    "gpu_prefix_cache_hits_total": "cached_tokens",
    "prompt_tokens_total": "prompt_tokens",
    "generation_tokens_total": "generation_tokens",
}
_LINE = re.compile(rf"^vllm:({'|'.join(_WANTED)})(?:{{.*}})? ([0-9.eE+-]+)(?: [0-9]+)?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """One server at a moment, its engines together: sums, but of `cache_usage` (0 to 1) the fullest one's.
    Tokens count since the server's start; `cached_tokens` of the `queried_tokens` were found in the prefix
    cache. None: not on the page."""

    running: int | None = None
    waiting: int | None = None
    cache_usage: float | None = None
    queried_tokens: int | None = None
    cached_tokens: int | None = None
    prompt_tokens: int | None = None
    generation_tokens: int | None = None


def read_page(text: str) -> Page:
    """What the page says. Raises ValueError when it is not vLLM's."""
    found: dict[str, float] = {}
    for name, number in _LINE.findall(text):
        field, value = _WANTED[name], float(number)
        before = found.get(field, 0.0)
        found[field] = max(before, value) if field == "cache_usage" else before + value
    if not found:
        raise ValueError("no metric of vLLM's, such as vllm:num_requests_running")
    usage = found.pop("cache_usage", None)
    return Page(cache_usage=usage, **{name: int(value) for name, value in found.items()})


def grown(now: int | None, before: int | None) -> int:
    """By how much a counter grew; one that fell began at 0 in between."""
    if now is None or before is None:
        return 0
    return now - before if now >= before else now
