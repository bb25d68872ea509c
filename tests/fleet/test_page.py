"""vLLM's metrics page, as a real one wrote it and as older ones did."""

from __future__ import annotations

import pytest

from router.fleet.page import Page, read_page
from tests.vllm.wire import body_of, recorded


def test_a_real_page() -> None:
    """Of vLLM 0.32 after the recorded exchanges: idle, with the tokens that their usage reports add up to."""
    page = read_page(body_of(recorded("metrics")).decode())
    assert (page.running, page.waiting, page.cache_usage) == (0, 0, 0.0)
    assert page.prompt_tokens is not None and page.queried_tokens is not None
    assert page.prompt_tokens > 400 and page.generation_tokens is not None and page.generation_tokens > 100
    assert page.cached_tokens is not None and 0 < page.cached_tokens < page.queried_tokens


def test_engines_are_added_up() -> None:
    """Of the cache the fullest engine counts: it is the one that preempts."""
    text = """\
# HELP vllm:num_requests_running Number of requests in model execution batches.
vllm:num_requests_running{engine="0",model_name="a {b}"} 3.0
vllm:num_requests_running{engine="1",model_name="a {b}"} 2.0
vllm:num_requests_waiting{engine="0",model_name="a {b}"} 1.0
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 9.0
vllm:gpu_cache_usage_perc{engine="0"} 0.25
vllm:gpu_cache_usage_perc{engine="1"} 0.75
vllm:prompt_tokens_total{engine="0"} 1.5e+06
vllm:prompt_tokens_created{engine="0"} 1.79e+09
"""
    assert read_page(text) == Page(running=5, waiting=1, cache_usage=0.75, prompt_tokens=1_500_000)


def test_another_page_is_refused() -> None:
    """A page of somebody else's is an error, never an idle server."""
    with pytest.raises(ValueError, match="no metric of vLLM's"):
        read_page("process_cpu_seconds_total 1.0\n")
