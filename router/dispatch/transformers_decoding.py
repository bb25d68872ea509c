"""Several answers generated in step by one transformers model, each joining and leaving when it will.

Why our own loop: transformers' `generate` takes a batch that begins and ends together, so a short answer
waits for the longest, and a request that comes a moment later waits for both.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from router.dispatch.batches import Work
from router.dispatch.transformers_sampling import Sampler
from router.dispatch.transformers_writer import ChunkWriter

PREFILL_TOKENS = 256
"""Prompt tokens computed between two looks at whether the request is still wanted."""


class Row:
    """One answer. `ids`: prompt and answer so far. `most`: tokens that it may have."""

    def __init__(self, ids: Sequence[int], most: int, sampler: Sampler, writer: ChunkWriter) -> None:
        self.ids = list(ids)
        self.writer = writer
        self._most = most
        self._sampler = sampler

    def grow(self, logits: Any) -> None:
        """Adds the next token."""
        token = self._sampler.draw(logits, self.ids)
        self.ids.append(token)
        self.writer.put(token)

    @property
    def done(self) -> bool:
        return self.writer.done or self.writer.count >= self._most


class Decoding:
    """The answers under way in one model, with their keys and values padded on the left to one length.

    Belongs to one thread, inside `torch.inference_mode`.
    """

    def __init__(self, torch: Any, model: Any) -> None:
        self._torch = torch
        self._model = model
        takes = inspect.signature(model.forward).parameters
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in takes else {}
        self._places = "position_ids" in takes
        self._rows: list[Work[Row]] = []
        self._cache: Any = None
        self._mask: Any = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def joinable(self) -> bool:
        """Whether one more may join. Where a model keeps more than plain keys and values (sliding windows,
        state spaces), its answers come one by one."""
        return not self._rows or _plain(self._cache)

    def join(self, work: Work[Row]) -> None:
        """Reads the prompt and writes the first token."""
        row = work.item
        logits: Any = None
        cache: Any = None
        for start in range(0, len(row.ids), PREFILL_TOKENS):
            if row.done:
                return work.finish()
            part = self._torch.tensor([row.ids[start : start + PREFILL_TOKENS]])
            mask = self._torch.ones((1, start + part.shape[1]), dtype=self._torch.long)
            logits, cache = self._forward(part, mask, cache)
        row.grow(logits[0])
        if row.done:
            return work.finish()
        self._add(work, cache, mask)
        return None

    def step(self) -> None:
        """One token more for everybody; whoever is done leaves."""
        last = self._torch.tensor([[work.item.ids[-1]] for work in self._rows])
        self._mask = self._torch.nn.functional.pad(self._mask, (0, 1), value=1)
        logits, self._cache = self._forward(last, self._mask, self._cache)
        for work, scores in zip(self._rows, logits, strict=True):
            if not work.item.done:
                work.item.grow(scores)
        self._leave([number for number, work in enumerate(self._rows) if work.item.done])

    def _forward(self, ids: Any, mask: Any, cache: Any) -> tuple[Any, Any]:
        """Logits of what follows, one line per row, and the cache grown by `ids`."""
        more = dict(self._last_only)
        if self._places:
            more["position_ids"] = (mask.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        out = self._model(input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=True, **more)
        return out.logits[:, -1], out.past_key_values

    def _add(self, work: Work[Row], cache: Any, mask: Any) -> None:
        self._rows.append(work)
        if self._cache is None:
            self._cache, self._mask = cache, mask
            return
        longest = max(self._mask.shape[1], mask.shape[1])
        self._mask = self._torch.cat([self._padded(part, longest, -1) for part in (self._mask, mask)])
        for mine, other in zip(self._cache.layers, cache.layers, strict=True):
            mine.keys = self._torch.cat([self._padded(part, longest, -2) for part in (mine.keys, other.keys)])
            mine.values = self._torch.cat(
                [self._padded(part, longest, -2) for part in (mine.values, other.values)]
            )

    def _padded(self, part: Any, length: int, dimension: int) -> Any:
        """With zeros on the left up to `length` tokens, which `dimension` counts."""
        sides = (0, 0) * (-1 - dimension) + (length - part.shape[dimension], 0)
        return self._torch.nn.functional.pad(part, sides)

    def _leave(self, gone: Sequence[int]) -> None:
        if not gone:
            return
        left = [number for number in range(len(self._rows)) if number not in gone]
        for number in gone:
            self._rows[number].finish()
        self._rows = [self._rows[number] for number in left]
        if not left:
            self._cache = self._mask = None
            return
        self._mask = self._mask[left]
        unused = int((self._mask.sum(0) == 0).sum())
        self._mask = self._mask[:, unused:]
        for layer in self._cache.layers:
            layer.keys = layer.keys[left, :, unused:].contiguous()
            layer.values = layer.values[left, :, unused:].contiguous()


def _plain(cache: Any) -> bool:
    return all(type(layer).__name__ == "DynamicLayer" for layer in getattr(cache, "layers", [None]))
