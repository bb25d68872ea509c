"""Metrics of a sandbox in Prometheus text; the reasoning profile uses vLLM's names so that queue-aware
routing can be tried without a GPU."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from router.sandbox.prefixcache import PrefixCache
from router.sandbox.profiles import Profile
from router.sandbox.record import Record

_SECONDS = (0.001, 0.005, 0.01, 0.02, 0.04, 0.08, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160)


class Metrics:
    """Counters of one sandbox. Gauges are read from the record when the page is asked for."""

    def __init__(self, profile: Profile, model: str, record: Record, cache: PrefixCache) -> None:
        self._registry = CollectorRegistry()
        self._record, self._cache, self._labels = record, cache, {"model_name": model}
        self._prefix = "vllm:" if profile.dialect == "vllm" else "sandbox_"
        self._running = self._gauge("num_requests_running", "Requests being generated.")
        self._waiting = self._gauge("num_requests_waiting", "Requests waiting for a place.")
        self._kv = self._gauge("kv_cache_usage_perc", "Share of the simulated KV cache in use, 0 to 1.")
        self._queries = self._gauge("prefix_cache_queries_total", "Prompt tokens looked up.")
        self._hits = self._gauge("prefix_cache_hits_total", "Prompt tokens found.")
        self._prompt = self._counter("prompt_tokens", "Prompt tokens processed.")
        self._generated = self._counter("generation_tokens", "Tokens generated.")
        self._success = Counter(
            f"{self._prefix}request_success",
            "Requests ended, by reason.",
            ("model_name", "finished_reason"),
            registry=self._registry,
        )
        self._ttft = self._histogram("time_to_first_token_seconds", "Time to first token.")
        self._queue = self._histogram("request_queue_time_seconds", "Time in the queue.")
        self._whole = self._histogram("e2e_request_latency_seconds", "Time from arrival to the end.")

    def answered(self, prompt_tokens: int, output_tokens: int, reasons: list[str], seconds: float) -> None:
        """Counts one answered request."""
        self._prompt.inc(prompt_tokens)
        self._generated.inc(output_tokens)
        for reason in reasons:
            self._success.labels(**self._labels, finished_reason=reason).inc()
        self._whole.observe(seconds)

    def queued(self, seconds: float) -> None:
        self._queue.observe(seconds)

    def first_token(self, seconds: float) -> None:
        self._ttft.observe(seconds)

    def page(self, max_running: int | None) -> bytes:
        """The metrics page."""
        self._running.set(self._record.running)
        self._waiting.set(self._record.waiting)
        self._kv.set(min(1.0, self._record.running / (max_running or 1_000)))
        self._queries.set(self._cache.queries)
        self._hits.set(self._cache.hits)
        return generate_latest(self._registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(self._prefix + name, text, ("model_name",), registry=self._registry).labels(
            **self._labels
        )

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(self._prefix + name, text, ("model_name",), registry=self._registry).labels(
            **self._labels
        )

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(
            self._prefix + name, text, ("model_name",), registry=self._registry, buckets=_SECONDS
        ).labels(**self._labels)
