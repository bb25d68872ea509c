"""The adapter for models in this process through transformers (extra `transformers`: torch, transformers).

Why: it runs what llama.cpp has no file for, and classifiers. What a model is asked is told by what it was
made for: text, labels of its own, labels of the request (entailment models), or passages of a text.
"""

from __future__ import annotations

from router.dispatch.embedded import DEFAULT_WAITING, EmbeddedUpstream, Engine
from router.dispatch.model_path import ModelMissing
from router.dispatch.transformers_labels import LabelEngine, ZeroShotEngine, entailment
from router.dispatch.transformers_model import architecture, fetched, load_model, model_source
from router.dispatch.transformers_spans import SpanEngine
from router.dispatch.transformers_text import TextEngine
from router.domain.catalog import Endpoint


class TransformersUpstream(EmbeddedUpstream):
    """An `Upstream` for endpoints of wire `transformers`. `threads` are torch's, for the whole process."""

    def __init__(self, *, threads: int = 1, waiting: int = DEFAULT_WAITING) -> None:
        def load(endpoint: Endpoint) -> Engine:
            return _load(endpoint, threads)

        super().__init__(load, waiting=waiting, fetched=fetched)


def _load(endpoint: Endpoint, threads: int) -> Engine:
    source = model_source(endpoint.target)
    try:
        return _engine(source, endpoint, threads)
    except OSError as error:  # transformers does not say which model it did not find
        raise ModelMissing(f"{endpoint.target}: {error}") from error
    except ModuleNotFoundError as error:
        raise ModelMissing("transformers is not installed: pip install 'tiergate[transformers]'") from error


def _engine(source: str, endpoint: Endpoint, threads: int) -> Engine:
    made_for, at_once = architecture(source), endpoint.max_concurrency
    if made_for.endswith("ForTokenClassification"):
        loaded = load_model(source, "AutoModelForTokenClassification", endpoint, threads)
        return SpanEngine(loaded, callers=at_once)
    if made_for.endswith("ForSequenceClassification"):
        loaded = load_model(source, "AutoModelForSequenceClassification", endpoint, threads)
        if entailment(loaded.model.config.id2label) is not None:
            return ZeroShotEngine(loaded, callers=at_once)
        return LabelEngine(loaded, callers=at_once)
    return TextEngine(load_model(source, "AutoModelForCausalLM", endpoint, threads), rows=at_once)
