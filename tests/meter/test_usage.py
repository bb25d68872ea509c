"""Usage as real servers report it, and what becomes of reports that cannot be right."""

import pytest

from router.domain.usage import Usage
from router.meter.usage import estimated_usage, reported_usage

OPENAI = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 128, "audio_tokens": 0},
}
VLLM = {"prompt_tokens": 34, "total_tokens": 51, "completion_tokens": 17, "prompt_tokens_details": None}
ANTHROPIC_BY_LITELLM = {
    "prompt_tokens": 1120,
    "completion_tokens": 9,
    "total_tokens": 1129,
    "cache_creation_input_tokens": 1000,
    "cache_read_input_tokens": 100,
    "prompt_tokens_details": {"cached_tokens": 100},
}


@pytest.mark.parametrize(
    ("report", "usage"),
    [
        (OPENAI, Usage(86, 1920, 0, 300, 128)),
        (VLLM, Usage(34, 0, 0, 17, None)),
        (ANTHROPIC_BY_LITELLM, Usage(20, 100, 1000, 9, None)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, Usage(0, 0, 0, 0, None)),
    ],
)
def test_reported_tokens_are_split_by_cache_without_losing_one(report: object, usage: Usage) -> None:
    """Uncached, read and written input are disjoint and add up to what was reported."""
    found = reported_usage(report)
    assert found == usage
    assert found is not None and isinstance(report, dict) and found.input == report["prompt_tokens"]


@pytest.mark.parametrize(
    "report",
    [
        None,
        {},
        [],
        {"prompt_tokens": 5},
        {"prompt_tokens": -1, "completion_tokens": 1},
        {"prompt_tokens": "5", "completion_tokens": 1},
        {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 6}},
        {"prompt_tokens": True, "completion_tokens": 1},
    ],
)
def test_a_report_that_cannot_be_right_is_unknown(report: object) -> None:
    """Missing, negative and contradictory counts give None, never a guess and never zero."""
    assert reported_usage(report) is None


def test_an_estimate_says_that_it_is_one() -> None:
    """The gateway's own count is marked, and rounds up."""
    assert estimated_usage(10, 5) == Usage(10, 0, 0, 2, None, estimated=True)
