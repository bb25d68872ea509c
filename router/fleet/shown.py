"""What a server's metrics page says, among the gateway's own metrics."""

from __future__ import annotations

from router.fleet.page import Page, grown
from router.telemetry import Metrics


def show(metrics: Metrics, name: str, page: Page, before: Page | None) -> None:
    """`before` is the page of the look before; None: this is the first."""
    for gauge, number in (
        (metrics.server_running, page.running),
        (metrics.server_waiting, page.waiting),
        (metrics.server_cache_usage, page.cache_usage),
    ):
        if number is not None:
            gauge.labels(name).set(number)
    if before is None:
        return
    for direction, now, then in (
        ("input", page.prompt_tokens, before.prompt_tokens),
        ("cached", page.cached_tokens, before.cached_tokens),
        ("output", page.generation_tokens, before.generation_tokens),
    ):
        metrics.server_tokens.add((name, direction), grown(now, then))
    queried = grown(page.queried_tokens, before.queried_tokens)
    if queried:
        hits = grown(page.cached_tokens, before.cached_tokens)
        metrics.server_cache_hits.labels(name).set(min(1.0, hits / queried))
