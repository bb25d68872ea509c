"""Text from a model in this process through transformers: several answers at once, in one thread.

Text only: tools, schemas, logprobs and images are refused, so that a model that has them can be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from router.dispatch.batches import Batches
from router.dispatch.replies import Refused
from router.dispatch.transformers_decoding import Decoding, Row
from router.dispatch.transformers_model import LoadedModel
from router.dispatch.transformers_request import TextRequest, text_request
from router.dispatch.transformers_sampling import Sampler
from router.dispatch.transformers_writer import ChunkWriter
from router.dispatch.workers import Generation


class TextEngine:
    """A `router.dispatch.embedded.Engine`. At most `rows` answers are written at once, so memory is bounded
    by the weights and `rows` contexts. Cancelling takes effect after a token, or between parts of a prompt.
    """

    def __init__(self, loaded: LoadedModel, *, rows: int) -> None:
        if loaded.tokenizer.chat_template is None:
            raise ValueError("its tokenizer has no chat template, so it cannot chat")
        self._jinja_error = import_module("jinja2").TemplateError
        self._torch = loaded.torch
        self._model = loaded.model
        self._tokenizer = loaded.tokenizer
        self._context = loaded.context
        self._most = rows
        self._batches: Batches[Row] = Batches("text", self._serve)

    def generate(self, payload: Mapping[str, Any], generation: Generation) -> None:
        """See `Engine.generate`."""
        request = text_request(payload)
        ids = self._prompt(request)
        room = self._context - len(ids)
        writer = ChunkWriter(self._tokenizer, generation, request.stops, self._ends())
        sampler = Sampler(self._torch, request.sampling, request.seed)
        self._batches.do(Row(ids, min(request.max_tokens or room, room), sampler, writer))
        writer.finish(len(ids))

    def close(self) -> None:
        """Frees the model's memory. No generation may be running."""
        self._batches.close()
        self._model = None

    def _serve(self, batches: Batches[Row]) -> None:
        with self._torch.inference_mode():
            decoding = Decoding(self._torch, self._model)
            while True:
                if decoding.joinable and len(decoding) < self._most:
                    # One at a time: reading its prompt makes those wait that are being answered.
                    for work in batches.take(1):
                        decoding.join(work)
                if len(decoding):
                    decoding.step()
                elif not batches.waiting:
                    return

    def _prompt(self, request: TextRequest) -> list[int]:
        """Token ids of the rendered conversation. Raises Refused."""
        try:
            encoded = self._tokenizer.apply_chat_template(
                request.messages, add_generation_prompt=True, return_dict=True
            )
        except self._jinja_error as error:
            raise Refused(f"The model's chat template refuses: {error}", param="messages") from error
        ids: list[int] = encoded["input_ids"]
        if len(ids) >= self._context:
            raise Refused(
                f"This model's maximum context length is {self._context} tokens; the prompt has "
                f"{len(ids)} tokens.",
                code="context_length_exceeded",
                param="messages",
            )
        return ids

    def _ends(self) -> frozenset[int]:
        ends = self._model.generation_config.eos_token_id
        return frozenset(ends if isinstance(ends, list) else [ends])
