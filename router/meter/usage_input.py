"""Usage that counts `input_tokens`: Anthropic's Messages and OpenAI's Responses, which mean two things by it.

Anthropic's excludes what was read from and written to the cache (`cache_read_input_tokens`,
`cache_creation_input_tokens`, of which `cache_creation.ephemeral_1h_input_tokens` for an hour); OpenAI's
includes it (`input_tokens_details.cached_tokens`). The service tier stands inside Anthropic's report.
"""

from __future__ import annotations

from typing import Any

from router.domain.units import Unit
from router.domain.usage import Usage
from router.meter.counts import count, tier, units


def input_usage(report: dict[str, Any], service_tier: object) -> Usage | None:
    """None when a count is missing or the parts are more than the whole."""
    sent, output = count(report, "input_tokens"), count(report, "output_tokens")
    if sent is None or output is None:
        return None
    cache_write = count(report, "cache_creation_input_tokens") or 0
    details = report.get("input_tokens_details")
    cached = count(details, "cached_tokens")
    if cached is None:
        cache_read = count(report, "cache_read_input_tokens") or 0
    else:
        cache_read, sent = cached, sent - cached
    if sent < 0:
        return None
    hour = count(report.get("cache_creation"), "ephemeral_1h_input_tokens") or 0
    found = units(
        (Unit.CACHE_WRITE_1H, min(hour, cache_write)),
        (Unit.SEARCH, count(report.get("server_tool_use"), "web_search_requests")),
    )
    reasoning = count(report.get("output_tokens_details"), "reasoning_tokens")
    served = tier(service_tier or report.get("service_tier"))
    return Usage(sent, cache_read, cache_write, output, reasoning, units=found, service_tier=served)
