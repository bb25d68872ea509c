"""Usage on OpenAI's chat wire, as OpenAI and those who copy its form report it.

- Cached tokens are counted inside `prompt_tokens` (`prompt_tokens_details.cached_tokens`); vLLM says null
  where it has no details, DeepSeek says `prompt_cache_hit_tokens`.
- litellm puts Anthropic's cache writes (`cache_creation_input_tokens`, and in the details the part that is
  kept for an hour) inside `prompt_tokens` too.
- Reasoning and rejected predictions are part of `completion_tokens`; OpenAI bills both as output. xAI and
  Gemini's compatible endpoint leave thinking out of `completion_tokens` and count it in `total_tokens` only:
  what the total has beyond prompt and completion is output that is billed.
- Audio and image tokens are parts of prompt and completion with prices of their own.
"""

from __future__ import annotations

from typing import Any

from router.domain.units import Unit
from router.domain.usage import Units, Usage
from router.meter.counts import count, tier, units


def openai_usage(report: dict[str, Any], service_tier: object) -> Usage | None:
    """None when a count is missing or the parts are more than the whole."""
    prompt, completion = count(report, "prompt_tokens"), count(report, "completion_tokens")
    if prompt is None or completion is None:
        return None
    sent, written = report.get("prompt_tokens_details"), report.get("completion_tokens_details")
    cache_read = (sent and count(sent, "cached_tokens")) or count(report, "prompt_cache_hit_tokens") or 0
    cache_write = _cache_write(report, sent)
    uncached = prompt - cache_read - cache_write
    reasoning = count(written, "reasoning_tokens") if written else None
    output = completion + _beyond(report, prompt + completion, reasoning)
    if uncached < 0:
        return None
    if not sent and not written and not service_tier:
        return Usage(uncached, cache_read, cache_write, output, reasoning)
    found: Units = ()
    if _names_units(report, sent, written):
        found = (
            *_units_sent(sent, uncached, cache_read),
            *_units_written(written, output),
            *units(
                (Unit.CACHE_WRITE_1H, min(_kept_an_hour(report, sent), cache_write)),
                (Unit.SEARCH, count(report.get("server_tool_use"), "web_search_requests")),
            ),
        )
    served = tier(service_tier or report.get("service_tier"))
    return Usage(uncached, cache_read, cache_write, output, reasoning, False, found, served)


def _cache_write(report: dict[str, Any], sent: Any) -> int:
    """By litellm's two names, and by OpenRouter's."""
    named = count(report, "cache_creation_input_tokens")
    if named or not sent:
        return named or 0
    return count(sent, "cache_creation_tokens") or count(sent, "cache_write_tokens") or 0


def _beyond(report: dict[str, Any], counted: int, reasoning: int | None) -> int:
    """Thinking that only the total counts; where its amount is reported too, the two must agree."""
    total = count(report, "total_tokens")
    if total is None or total <= counted:
        return 0
    return total - counted if reasoning in (None, total - counted) else 0


def _names_units(report: dict[str, Any], sent: Any, written: Any) -> bool:
    """Whether there may be any: hardly a request has one, and reading them all costs as much as the rest."""
    if "server_tool_use" in report or "cache_creation" in report:
        return True
    for part in (sent, written):
        if isinstance(part, dict) and (
            part.get("audio_tokens") or part.get("image_tokens") or part.get("cache_creation_token_details")
        ):
            return True
    return False


def _kept_an_hour(report: dict[str, Any], sent: Any) -> int:
    created = sent.get("cache_creation_token_details") if isinstance(sent, dict) else None
    return count(created or report.get("cache_creation"), "ephemeral_1h_input_tokens") or 0


def _units_sent(sent: Any, uncached: int, cache_read: int) -> Units:
    """Audio beyond the uncached input must have been read from the cache. Nothing is more than its whole."""
    audio = count(sent, "audio_tokens") or 0
    return units(
        (Unit.AUDIO_INPUT, min(audio, uncached)),
        (Unit.AUDIO_CACHE_READ, min(max(0, audio - uncached), cache_read)),
        (Unit.IMAGE_INPUT, min(count(sent, "image_tokens") or 0, max(0, uncached - audio))),
    )


def _units_written(written: Any, output: int) -> Units:
    audio = min(count(written, "audio_tokens") or 0, output)
    images = min(count(written, "image_tokens") or 0, output - audio)
    return units((Unit.AUDIO_OUTPUT, audio), (Unit.IMAGE_OUTPUT, images))
