"""vLLM's page to counters, and counters to the tokens of an hour."""

from __future__ import annotations

import pytest

from router.domain.gpu import HOUR_US
from router.gpu.samples import Sample, parse, tokens_of

PAGE = """\
# HELP vllm:prompt_tokens_total Number of prefill tokens processed.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="Qwen/QwQ-32B"} 1000.0
vllm:prompt_tokens_total{engine="1",model_name="Qwen/QwQ-32B"} 200.0
# HELP vllm:generation_tokens_total Number of generation tokens processed.
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="Qwen/QwQ-32B"} 5000.0
# HELP vllm:prefix_cache_hits_total Prefix cache hits, in terms of number of cached tokens.
# TYPE vllm:prefix_cache_hits_total counter
vllm:prefix_cache_hits_total{engine="0",model_name="Qwen/QwQ-32B"} 300.0
# HELP python_gc_objects_collected_total Objects collected during gc
# TYPE python_gc_objects_collected_total counter
python_gc_objects_collected_total{generation="0"} 9718.0
"""
"""As vLLM writes it: docs.vllm.ai, Production Metrics."""
MINUTE = 60_000_000


def sample(minute: int, prompt: int, output: int) -> Sample:
    return Sample("vllm", minute * MINUTE, prompt, 0, output)


def test_the_page_is_summed_over_engines() -> None:
    """Of the prompt tokens those from the prefix cache are told apart."""
    assert parse("vllm", PAGE, 7) == Sample("vllm", 7, 1200, 300, 5000)


def test_another_page_is_refused() -> None:
    """No counters is an error, never zero tokens."""
    with pytest.raises(ValueError, match="no metric of vLLM's"):
        parse("vllm", "process_cpu_seconds_total 1.0\n", 7)


def test_an_hour_between_samples_is_interpolated() -> None:
    """Half of what came between minutes -30 and 30 belongs to the hour; the rest comes by its samples."""
    found = [sample(60 - 30, 0, 0), sample(60 + 30, 600, 60), sample(120, 1_000, 100)]
    assert tokens_of(found, HOUR_US, 2 * HOUR_US) == (300 + 400, 30 + 40)


def test_a_restart_loses_only_what_was_never_read() -> None:
    """Counters that fall began at 0 in between."""
    found = [sample(60, 1_000, 100), sample(90, 1_500, 150), sample(100, 40, 4), sample(120, 100, 10)]
    assert tokens_of(found, HOUR_US, 2 * HOUR_US) == (500 + 40 + 60, 50 + 4 + 6)


def test_without_samples_on_both_sides_an_hour_is_unknown() -> None:
    """The first half alone says nothing of the second."""
    assert tokens_of([sample(60, 0, 0), sample(90, 10, 1)], HOUR_US, 2 * HOUR_US) is None
    assert tokens_of([], HOUR_US, 2 * HOUR_US) is None
