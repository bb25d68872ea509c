"""Usage as upstreams report it on OpenAI's wire, and the gateway's own count where they do not.

OpenAI and vLLM count cached tokens inside `prompt_tokens` (`prompt_tokens_details.cached_tokens`);
Anthropic's cache writes arrive as `cache_creation_input_tokens` and are counted inside `prompt_tokens` by
litellm. Reasoning tokens are part of `completion_tokens` everywhere. Must not guess silently: a count of
the gateway's own is marked `estimated`.
"""

from __future__ import annotations

from typing import Any

from router.domain.usage import Usage

_MOST_TOKENS = 2**40
"""More than any answer has: a count beyond it is an error of the upstream, and its cost would not fit."""


def reported_usage(report: object) -> Usage | None:
    """The upstream's `usage` object; None when it is absent, incomplete or contradicts itself."""
    if not isinstance(report, dict):
        return None
    prompt = _count(report, "prompt_tokens")
    output = _count(report, "completion_tokens")
    if prompt is None or output is None:
        return None
    prompt_details = report.get("prompt_tokens_details")
    output_details = report.get("completion_tokens_details")
    cache_read = _count(prompt_details, "cached_tokens") or 0
    cache_write = (
        _count(report, "cache_creation_input_tokens") or _count(prompt_details, "cache_creation_tokens") or 0
    )
    if cache_read + cache_write > prompt:
        return None
    return Usage(
        prompt - cache_read - cache_write,
        cache_read,
        cache_write,
        output,
        _count(output_details, "reasoning_tokens"),
    )


def estimated_usage(input_tokens: int, output_characters: int) -> Usage:
    """The gateway's own count for an answer that ended without a report: four characters a token,
    rounded up, the usual rule of thumb for English text with byte-pair vocabularies."""
    return Usage(input_tokens, 0, 0, -(-output_characters // 4), None, estimated=True)


def _count(report: Any, name: str) -> int | None:
    value = report.get(name) if isinstance(report, dict) else None
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None
