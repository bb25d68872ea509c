"""Usage as Gemini's own API reports it (`usageMetadata`).

`promptTokenCount` includes what came from the cache (`cachedContentTokenCount`); what tools added to the
prompt comes beside it (`toolUsePromptTokenCount`) and is billed as input. `candidatesTokenCount` is the
answer alone: thinking (`thoughtsTokenCount`) comes on top and is billed as output. Zero counts are left out.
The details split each by modality; of image, audio and video only those not in the cache count as input.
"""

from __future__ import annotations

from typing import Any

from router.domain.units import Unit
from router.domain.usage import Usage
from router.meter.counts import count, units


def gemini_usage(report: dict[str, Any]) -> Usage | None:
    """None when a count is missing or the cached part is more than the prompt."""
    prompt = count(report, "promptTokenCount")
    if prompt is None or count(report, "totalTokenCount") is None:
        return None
    cached = count(report, "cachedContentTokenCount") or 0
    thoughts = count(report, "thoughtsTokenCount")
    output = (count(report, "candidatesTokenCount") or 0) + (thoughts or 0)
    uncached = prompt - cached + (count(report, "toolUsePromptTokenCount") or 0)
    if cached > prompt:
        return None
    sent, read = _modalities(report, "promptTokensDetails"), _modalities(report, "cacheTokensDetails")
    written = _modalities(report, "candidatesTokensDetails")
    audio_read = min(read.get("AUDIO", 0), cached)
    found = units(
        (Unit.AUDIO_INPUT, _fresh("AUDIO", sent, read)),
        (Unit.AUDIO_CACHE_READ, audio_read),
        (Unit.IMAGE_INPUT, _fresh("IMAGE", sent, read)),
        (Unit.VIDEO_INPUT, _fresh("VIDEO", sent, read)),
        (Unit.AUDIO_OUTPUT, written.get("AUDIO")),
        (Unit.IMAGE_OUTPUT, written.get("IMAGE")),
    )
    if sum(quantity for unit, quantity in found if unit.part_of == "uncached_input") > uncached:
        return None
    if sum(quantity for unit, quantity in found if unit.part_of == "output") > output:
        return None
    return Usage(uncached, cached, 0, output, thoughts, units=found)


def _modalities(report: dict[str, Any], name: str) -> dict[str, int]:
    found = report.get(name)
    counted = {}
    for part in found if isinstance(found, list) else ():
        tokens = count(part, "tokenCount")
        if tokens is not None and isinstance(part.get("modality"), str):
            counted[part["modality"]] = tokens
    return counted


def _fresh(modality: str, sent: dict[str, int], read: dict[str, int]) -> int:
    return max(0, sent.get(modality, 0) - read.get(modality, 0))
