"""What the detecting process runs (a handler of `verify/killable`): a text -> hits by type with their scores.

Presidio's recognisers of patterns and check digits, with its enhancement by context words on a blank
tokeniser: no model is downloaded, and none of its recognisers that need one is loaded. Imports nothing of
`router`.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, predefined_recognizers
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

_LANGUAGE = "en"
"""Of the context words; patterns and check digits have none."""
_MOST = 100
"""Hits of a type that are told: the reply has to stay short."""
_NEED_A_MODEL = (".ner.", ".nlp_engine_recognizers.", ".third_party.")

# It would fetch the list of public suffixes from the web at the first e-mail address.
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class Blank(NlpEngine):  # type: ignore[misc]
    """Words without a model: what the enhancement by context asks for."""

    def __init__(self) -> None:
        self.nlp = spacy.blank(_LANGUAGE)

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        doc = self.nlp.make_doc(text)
        words = [token.lower_ for token in doc]
        return NlpArtifacts([], doc, [token.idx for token in doc], words, self, language, scores=[])

    def process_batch(
        self, texts: Iterable[str], language: str, **_: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word: str, language: str) -> bool:
        return bool(self.nlp.vocab[word].is_stop)

    def is_punct(self, word: str, language: str) -> bool:
        return bool(self.nlp.vocab[word].is_punct)

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return [_LANGUAGE]


@cache
def recognisers() -> dict[str, list[EntityRecognizer]]:
    """By type, those that need no model."""
    found: dict[str, list[EntityRecognizer]] = defaultdict(list)
    kinds: Any = vars(predefined_recognizers).values()
    for kind in kinds:
        if _plain(kind):
            made = kind(supported_language=_LANGUAGE)
            for name in made.supported_entities:
                found[name].append(made)
    return found


def _plain(kind: Any) -> bool:
    if not inspect.isclass(kind) or not issubclass(kind, EntityRecognizer):
        return False
    return not any(part in kind.__module__ for part in _NEED_A_MODEL)


@cache
def _engine(types: tuple[str, ...]) -> AnalyzerEngine:
    """For the types that a policy names; one policy is in force at a time."""
    wanted = {id(one): one for name in types for one in recognisers()[name]}
    registry = RecognizerRegistry(recognizers=list(wanted.values()), supported_languages=[_LANGUAGE])
    return AnalyzerEngine(registry, Blank(), supported_languages=[_LANGUAGE])


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """`{"text", "types": "A,B"}` -> `{"scores": {type: [score, ...]}}`, no text in it."""
    types = tuple(asked["types"].split(","))
    scores = defaultdict(list)
    for hit in _engine(types).analyze(asked["text"], _LANGUAGE, entities=list(types)):
        scores[hit.entity_type].append(round(float(hit.score), 2))
    return {"scores": {name: sorted(found, reverse=True)[:_MOST] for name, found in scores.items()}}
