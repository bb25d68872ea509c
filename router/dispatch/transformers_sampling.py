"""The next token of one answer, from the model's logits. torch is passed in: it is an optional extra."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from router.dispatch.transformers_request import Sampling


class Sampler:
    """Draws for one answer. Each has its own random state, so a `seed` holds whoever else is answered."""

    def __init__(self, torch: Any, sampling: Sampling, seed: int | None) -> None:
        self._torch = torch
        self._sampling = sampling
        self._random = torch.Generator()
        self._random.manual_seed(secrets.randbits(63) if seed is None else seed)

    def draw(self, logits: Any, seen: Sequence[int]) -> int:
        """`logits`: one number per token of the vocabulary. `seen`: prompt and answer so far."""
        logits = self._penalised(logits.float(), seen)
        if self._sampling.temperature == 0:
            return int(logits.argmax())
        logits = logits / self._sampling.temperature
        if self._sampling.top_k:
            logits = self._likeliest(logits, self._sampling.top_k)
        chances = logits.softmax(-1)
        if self._sampling.top_p < 1:
            chances = self._nucleus(chances)
        return int(self._torch.multinomial(chances, 1, generator=self._random))

    def _penalised(self, logits: Any, seen: Sequence[int]) -> Any:
        penalty = self._sampling.repetition_penalty
        if penalty == 1:
            return logits
        ids = self._torch.tensor(sorted(set(seen)))
        scores = logits[ids]
        return logits.index_put(
            (ids,), scores.where(scores < 0, scores / penalty).where(scores >= 0, scores * penalty)
        )

    def _likeliest(self, logits: Any, count: int) -> Any:
        least = logits.topk(min(count, logits.shape[-1])).values[-1]
        return logits.masked_fill(logits < least, float("-inf"))

    def _nucleus(self, chances: Any) -> Any:
        """The likeliest tokens that together reach `top_p`, and no others."""
        ordered, order = chances.sort(descending=True)
        beyond = ordered.cumsum(-1) - ordered >= self._sampling.top_p
        return chances.index_put((order[beyond],), chances.new_zeros(()))
