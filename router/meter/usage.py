"""Usage as upstreams report it, whatever the provider family, and the gateway's own count where they do not.

A report is told by its field names; each family is one module here:

    OpenAI chat, and whoever copies it (vLLM, litellm, xAI, Gemini's compatible endpoint)   usage_openai.py
    Anthropic Messages and OpenAI Responses (`input_tokens`)                                 usage_input.py
    Gemini (`usageMetadata`)                                                                 usage_gemini.py

Must not guess silently: a count of the gateway's own is marked `estimated`.
"""

from __future__ import annotations

from dataclasses import replace

from router.domain.usage import Usage
from router.meter.usage_gemini import gemini_usage
from router.meter.usage_input import input_usage
from router.meter.usage_openai import openai_usage


def reported_usage(report: object, service_tier: object = None) -> Usage | None:
    """The upstream's usage object as a Usage; None when it is absent, incomplete or contradicts itself.

    `service_tier` is what the answer beside it says (OpenAI's place for it); Anthropic's is in the report.
    """
    if not isinstance(report, dict):
        return None
    if "prompt_tokens" in report:
        return openai_usage(report, service_tier)
    if "input_tokens" in report:
        return input_usage(report, service_tier)
    if "promptTokenCount" in report:
        return gemini_usage(report)
    return None


def estimated_usage(input_tokens: int, output_characters: int) -> Usage:
    """The gateway's own count for an answer that ended without a report: four characters a token,
    rounded up, the usual rule of thumb for English text with byte-pair vocabularies."""
    return Usage(input_tokens, 0, 0, -(-output_characters // 4), None, estimated=True)


def partial_usage(report: Usage, output_characters: int) -> Usage:
    """For a stream that broke after a report which was not its last: the input as reported, and of the
    output the larger of what was reported and what was received."""
    received = estimated_usage(0, output_characters).output
    return replace(report, output=max(report.output, received), estimated=True)
