"""Passages of a text and what they are: names, places, dates, as a model for token classification marks them.

The answer is JSON. Without a schema: {"entities": [{"type", "text", "start", "end"}]}, positions in
characters. With one, its properties are the types wanted: a list gets all passages, a text the first or null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from router.dispatch.label_request import asked_text, schema_of
from router.dispatch.replies import Refused
from router.dispatch.transformers_model import LoadedModel
from router.dispatch.transformers_request import refuse_fields
from router.dispatch.transformers_scorer import Scorer
from router.dispatch.whole_answer import answer
from router.dispatch.workers import Generation

_FORMAT = "response_format"


@dataclass(frozen=True, slots=True)
class Span:
    """`start` and `end` in characters of the text."""

    kind: str
    start: int
    end: int


class SpanEngine:
    """An `Engine` on a model for token classification."""

    def __init__(self, loaded: LoadedModel, *, callers: int) -> None:
        if not loaded.tokenizer.is_fast:
            raise ValueError("its tokenizer does not say which characters a token stands for")
        self._names: Mapping[int, str] = loaded.model.config.id2label
        self._kinds = sorted({_kind(name) for name in self._names.values()} - {"O"})
        self._scorer = Scorer(loaded, callers=callers)

    def generate(self, payload: Mapping[str, Any], generation: Generation) -> None:
        """See `Engine.generate`."""
        refuse_fields(payload, ("tools", "functions", "audio", "logprobs"))
        text, _ = asked_text(payload)
        fields = self._fields(schema_of(payload.get(_FORMAT)))
        encoded = self._scorer.encode(text, offsets=True)
        offsets = encoded.pop("offset_mapping")
        scores = self._scorer.score([encoded], generation)
        if scores is not None:
            names = [self._names[number] for number in scores[0].argmax(-1).tolist()]
            found = list(spans(names, offsets))
            content = orjson.dumps(_filled(text, found, fields)).decode()
            answer(generation, content, len(encoded["input_ids"]), None)

    def close(self) -> None:
        self._scorer.close()

    def _fields(self, schema: Mapping[str, Any] | None) -> Mapping[str, bool] | None:
        """Properties of the schema, and whether each is a list. None: none is asked for."""
        if schema is None:
            return None
        properties = schema.get("properties")
        if not isinstance(properties, dict) or not properties:
            raise Refused("The schema must be an object with types of passages as properties.", param=_FORMAT)
        known = {kind.casefold() for kind in self._kinds}
        for name in properties:
            if name.casefold() not in known:
                raise Refused(
                    f"This model does not know {name!r}; it finds {', '.join(self._kinds)}.", param=_FORMAT
                )
        return {name: part.get("type") == "array" for name, part in properties.items()}


def spans(names: Sequence[str], offsets: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """Joins tokens that belong together. `names`: what each token is (B-PER, I-PER, O); special tokens have
    no characters."""
    open_: Span | None = None
    for name, (start, end) in zip(names, offsets, strict=True):
        if start == end:
            continue
        kind = _kind(name)
        if open_ is not None and kind == open_.kind and not name.startswith("B-"):
            open_ = Span(kind, open_.start, end)
            continue
        if open_ is not None:
            yield open_
        open_ = None if kind == "O" else Span(kind, start, end)
    if open_ is not None:
        yield open_


def _kind(name: str) -> str:
    return name[2:] if name[:2] in ("B-", "I-") else name


def _filled(text: str, found: Sequence[Span], fields: Mapping[str, bool] | None) -> dict[str, Any]:
    if fields is None:
        shown = [
            {"type": span.kind, "text": text[span.start : span.end], "start": span.start, "end": span.end}
            for span in found
        ]
        return {"entities": shown}
    filled: dict[str, Any] = {}
    for name, many in fields.items():
        texts = [text[span.start : span.end] for span in found if span.kind.casefold() == name.casefold()]
        filled[name] = texts if many else next(iter(texts), None)
    return filled
