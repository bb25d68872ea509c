"""The adapter for GGUF models in this process, through llama.cpp (package xllamacpp, extra `small`).

Why in process: the small tier must work with one install and no server. What it must not do: compute on the
event loop, keep a slot busy for a client that left, or take instructions meant for a llama.cpp server
(slots, grammars, files) from a request.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from router.dispatch.embedded import DEFAULT_WAITING, EmbeddedUpstream
from router.dispatch.llama_request import llama_failure, llama_request
from router.dispatch.model_path import ModelMissing, resolve_model_path
from router.dispatch.port import BrokenReply
from router.dispatch.workers import Generation
from router.domain.catalog import Endpoint

PREFILL_TOKENS = 64
"""Prompt tokens computed between two looks at whether the request is still wanted: 0.4 s on one core with
a 135M model. Measured: 931 tokens take 6.9 s in steps of 64, 6.4 s in steps of 512, 8.9 s in steps of 32."""


REHEARSAL = {"messages": [{"role": "user", "content": "x"}], "max_tokens": 1, "stream": True}
"""Run once after loading instead of llama.cpp's own warm-up. A server object that is destroyed before its
threads have started hangs for ever (seen with xllamacpp 2026.10.11549); one that has answered does not."""


class LlamaCppEngine:
    """A `router.dispatch.embedded.Engine` on one llama.cpp server object.

    llama.cpp opens a listener of its own even in process. It gets a socket file in a folder only this user
    may enter, deleted as soon as it exists, and a random key that is then forgotten: nothing can connect.
    Creating and destroying it hold Python's lock for 0.3 s and 0.05 s (98 MB model), so every thread of the
    process waits: load with `warm` before serving. Generating does not hold it.

    A prompt's common prefix with the previous one in the same slot is not computed again; usage reports it
    as cached tokens.
    """

    def __init__(self, model: Path, *, context: int, slots: int, threads: int) -> None:
        xllamacpp = import_module("xllamacpp")  # here: a 100 MB native library of an optional extra
        params = xllamacpp.CommonParams()
        params.model.path = str(model)
        params.n_ctx = context * slots
        params.n_parallel = slots
        params.n_batch = params.n_ubatch = PREFILL_TOKENS
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.cache_ram_mib = 0
        params.verbosity = -1
        params.warmup = False
        params.ui = params.endpoint_slots = params.endpoint_props = False
        params.n_threads_http = 1
        params.api_keys = [secrets.token_urlsafe(32)]
        self._context = context
        with tempfile.TemporaryDirectory(prefix="tiergate-") as folder:
            params.hostnames = [f"{folder}/llama.sock"]
            self._server: Any = xllamacpp.Server(params)
        self._server.handle_chat_completions(REHEARSAL, lambda _: False)

    def generate(self, payload: Mapping[str, Any], generation: Generation) -> None:
        """See `Engine.generate`."""
        if self._server is None:
            raise BrokenReply("the model was unloaded")
        request = llama_request(payload, self._context)
        relay = _Relay(generation)
        try:
            self._server.handle_chat_completions(request, relay)
        except (ValueError, RuntimeError, TypeError) as error:
            relay.error = relay.error or {"code": 400, "message": str(error)}
        if relay.error is not None:
            raise llama_failure(relay.error, payload, began=relay.began)

    def close(self) -> None:
        """Frees the model's memory. No generation may be running."""
        self._server = None


class _Relay:
    """llama.cpp's callback: one object per token or prefill step; True tells llama.cpp to stop."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self.began = False
        self.error: Mapping[str, Any] | None = None

    def __call__(self, chunk: dict[str, Any]) -> bool:
        if "error" in chunk:
            self.error = chunk["error"]
            return True
        if "prompt_progress" in chunk:
            return not self._generation.wanted
        chunk.pop("timings", None)
        if not self.began and chunk.get("choices"):
            chunk["choices"][0]["delta"].setdefault("role", "assistant")
            self.began = True
        return not self._generation.emit(chunk)


class LlamaCppUpstream(EmbeddedUpstream):
    """An `Upstream` for endpoints of wire `llama_cpp`.

    `threads` per model is 1 by default: one thread gives 55 tokens/s, and 2 threads on 2 shared cores once
    fell to 3.5 (measured).
    """

    def __init__(self, *, threads: int = 1, waiting: int = DEFAULT_WAITING) -> None:
        def load(endpoint: Endpoint) -> LlamaCppEngine:
            return _load(endpoint, threads)

        super().__init__(load, waiting=waiting)


def _load(endpoint: Endpoint, threads: int) -> LlamaCppEngine:
    model = resolve_model_path(endpoint.target)
    try:
        return LlamaCppEngine(
            model, context=endpoint.context, slots=endpoint.max_concurrency, threads=threads
        )
    except ModuleNotFoundError as error:
        raise ModelMissing("llama.cpp is not installed: pip install 'tiergate[small]'") from error
