"""The adapter for models in this process through transformers (extra `transformers`: torch, transformers).

Why: it runs what llama.cpp has no file for. It is slower: use it where a GGUF does not exist. Text only:
tools, schemas, logprobs and images are refused, so that a model that has them can be asked.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from router.dispatch.embedded import DEFAULT_WAITING, EmbeddedUpstream
from router.dispatch.model_path import PACKAGE_PREFIX, ModelMissing, resolve_model_path
from router.dispatch.replies import Refused
from router.dispatch.transformers_request import TextRequest, text_request
from router.dispatch.transformers_writer import ChunkWriter
from router.dispatch.workers import Generation
from router.domain.catalog import Endpoint

_RANDOM = threading.Lock()
"""Held while a model generates: torch has one random state per process, and a `seed` must hold."""


class TransformersEngine:
    """A `router.dispatch.embedded.Engine` on one model and its tokenizer.

    `model`: a folder, or a hub id; whether the hub may be asked is the usual HF_HUB_OFFLINE. Cancelling
    takes effect after a token; a prompt is computed in one piece and cannot be interrupted.
    """

    def __init__(self, model: str, *, context: int, threads: int) -> None:
        self._torch = import_module("torch")
        self._library = import_module("transformers")
        self._jinja_error = import_module("jinja2").TemplateError
        self._torch.set_num_threads(threads)
        self._tokenizer = self._library.AutoTokenizer.from_pretrained(model)
        if self._tokenizer.chat_template is None:
            raise ValueError(f"{model}: its tokenizer has no chat template, so it cannot chat")
        self._model = self._library.AutoModelForCausalLM.from_pretrained(model).eval()
        trained = getattr(self._model.config, "max_position_embeddings", None)
        self._context = min(context, trained) if trained else context

    def generate(self, payload: Mapping[str, Any], generation: Generation) -> None:
        """See `Engine.generate`."""
        request = text_request(payload)
        ids = self._prompt(request)
        writer = ChunkWriter(self._tokenizer, generation, request.stops, self._ends())
        while not _RANDOM.acquire(timeout=0.05):
            if not generation.wanted:
                return
        try:
            self._run(ids, request, writer)
        finally:
            _RANDOM.release()
        writer.finish(ids.shape[1])

    def close(self) -> None:
        """Frees the model's memory. No generation may be running."""
        self._model = None

    def _run(self, ids: Any, request: TextRequest, writer: ChunkWriter) -> None:
        torch = self._torch

        def stop(tokens: Any, _scores: Any, **_: Any) -> Any:
            return torch.full((tokens.shape[0],), writer.should_stop(), device=tokens.device)

        if request.seed is not None:
            torch.manual_seed(request.seed)
        with torch.inference_mode():
            self._model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=min(request.max_tokens or self._context, self._context - ids.shape[1]),
                streamer=writer,
                stopping_criteria=self._library.StoppingCriteriaList([stop]),
                pad_token_id=self._tokenizer.eos_token_id,
                **request.sampling,
            )

    def _prompt(self, request: TextRequest) -> Any:
        """Token ids of the rendered conversation. Raises Refused."""
        try:
            encoded = self._tokenizer.apply_chat_template(
                request.messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
        except self._jinja_error as error:
            raise Refused(f"The model's chat template refuses: {error}", param="messages") from error
        ids = encoded["input_ids"].to(self._model.device)
        if ids.shape[1] >= self._context:
            raise Refused(
                f"This model's maximum context length is {self._context} tokens; the prompt has "
                f"{ids.shape[1]} tokens.",
                code="context_length_exceeded",
                param="messages",
            )
        return ids

    def _ends(self) -> frozenset[int]:
        ends = self._model.generation_config.eos_token_id
        return frozenset(ends if isinstance(ends, list) else [ends])


class TransformersUpstream(EmbeddedUpstream):
    """An `Upstream` for endpoints of wire `transformers`. `threads` are torch's, for the whole process."""

    def __init__(self, *, threads: int = 1, waiting: int = DEFAULT_WAITING) -> None:
        def load(endpoint: Endpoint) -> TransformersEngine:
            return _load(endpoint, threads)

        super().__init__(load, waiting=waiting)


def _load(endpoint: Endpoint, threads: int) -> TransformersEngine:
    model = endpoint.target
    if model.startswith((PACKAGE_PREFIX, "/", "./", "~")):
        model = str(resolve_model_path(model))
    try:
        return TransformersEngine(model, context=endpoint.context, threads=threads)
    except ModuleNotFoundError as error:
        raise ModelMissing("transformers is not installed: pip install 'tiergate[transformers]'") from error
