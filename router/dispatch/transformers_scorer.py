"""Encoded texts of many callers through one model that reads and does not write, in batches by length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from router.dispatch.batches import Batches
from router.dispatch.replies import Refused
from router.dispatch.transformers_model import LoadedModel
from router.dispatch.workers import Generation

Encoded = Mapping[str, Sequence[int]]
_SEQUENCES = 32
"""Read in one step: more only takes memory, a step of 32 already fills the processor."""


class _Texts:
    def __init__(self, encoded: Sequence[Encoded], generation: Generation) -> None:
        self.encoded = encoded
        self.generation = generation
        self.scores: list[Any] = [None] * len(encoded)


class Scorer:
    """At most `callers` are served in one batch."""

    def __init__(self, loaded: LoadedModel, *, callers: int) -> None:
        self._torch = loaded.torch
        self._model = loaded.model
        self._tokenizer = loaded.tokenizer
        self._context = loaded.context
        self._callers = callers
        self._batches: Batches[_Texts] = Batches("scores", self._serve)

    def encode(self, text: str, beside: str | None = None, *, offsets: bool = False) -> dict[str, Any]:
        """Tokens of a text, or of a pair. Raises Refused for more than the model reads: cutting it would
        answer for a text that nobody sent."""
        encoded: dict[str, Any] = dict(self._tokenizer(text, beside, return_offsets_mapping=offsets))
        count = len(encoded["input_ids"])
        if count > self._context:
            raise Refused(
                f"This model's maximum context length is {self._context} tokens; the text has {count}.",
                code="context_length_exceeded",
                param="messages",
            )
        return encoded

    def score(self, encoded: Sequence[Encoded], generation: Generation) -> list[Any] | None:
        """The model's logits of each; blocks. None: the caller left before they were computed."""
        texts = _Texts(encoded, generation)
        self._batches.do(texts)
        return texts.scores if generation.wanted else None

    def close(self) -> None:
        """Frees the model's memory."""
        self._batches.close()
        self._model = None

    def _serve(self, batches: Batches[_Texts]) -> None:
        works = batches.take(self._callers)
        wanted = [work.item for work in works if work.item.generation.wanted]
        places = [(item, number) for item in wanted for number in range(len(item.encoded))]
        ordered = iter(sorted(places, key=lambda place: len(place[0].encoded[place[1]]["input_ids"])))
        with self._torch.inference_mode():
            while part := list(islice(ordered, _SEQUENCES)):
                encoded = [item.encoded[number] for item, number in part]
                for (item, number), scores in zip(part, self._step(encoded), strict=True):
                    item.scores[number] = scores
        for work in works:
            work.finish()

    def _step(self, encoded: Sequence[Encoded]) -> list[Any]:
        padded = self._tokenizer.pad(list(encoded), return_tensors="pt")
        logits = self._model(**padded).logits
        if logits.dim() == 2:
            return list(logits)
        # One line per token: what was padded, on whichever side, is taken out again.
        real = padded["attention_mask"].bool()
        return [line[mask] for line, mask in zip(logits, real, strict=True)]
