"""Labels of texts: a classifier with labels of its own, or an entailment model with those of the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from router.dispatch.label_request import LabelRequest, label_request
from router.dispatch.replies import Refused
from router.dispatch.transformers_model import LoadedModel
from router.dispatch.transformers_scorer import Scorer
from router.dispatch.whole_answer import answer
from router.dispatch.workers import Generation

HYPOTHESIS = "This example is {}."
"""What an entailment model is asked of each label, as its authors trained and measured it."""


class LabelEngine:
    """An `Engine` on a model for sequence classification."""

    def __init__(self, loaded: LoadedModel, *, callers: int) -> None:
        self._scorer = Scorer(loaded, callers=callers)
        names: Mapping[int, str] = loaded.model.config.id2label
        self._names = [names[number] for number in sorted(names)]

    def generate(self, payload: Mapping[str, Any], generation: Generation) -> None:
        """See `Engine.generate`."""
        request = label_request(payload)
        labels, places = self._wanted(request)
        encoded = self._scorer.encode(request.text)
        scores = self._scorer.score([encoded], generation)
        if scores is not None:
            chances = scores[0][places].log_softmax(-1).tolist()
            _say(request, labels, chances, len(encoded["input_ids"]), generation)

    def close(self) -> None:
        self._scorer.close()

    def _wanted(self, request: LabelRequest) -> tuple[Sequence[str], list[int]]:
        """The labels that may be answered, and where their scores stand."""
        if request.labels is None:
            return self._names, list(range(len(self._names)))
        known = {name.casefold(): number for number, name in enumerate(self._names)}
        places = [known.get(label.casefold()) for label in request.labels]
        missing = [label for label, place in zip(request.labels, places, strict=True) if place is None]
        if missing:
            raise Refused(
                f"This model has no label {missing[0]!r}; it has {', '.join(self._names)}.",
                code="unknown_label",
            )
        return request.labels, [place for place in places if place is not None]


class ZeroShotEngine:
    """An `Engine` on an entailment model: each label of the request is a hypothesis about the text.

    A system message with `{}` in it takes the place of `HYPOTHESIS`.
    """

    def __init__(self, loaded: LoadedModel, *, callers: int) -> None:
        place = entailment(loaded.model.config.id2label)
        if place is None:
            raise ValueError("none of its labels is entailment")
        self._entailment = place
        self._scorer = Scorer(loaded, callers=callers)

    def generate(self, payload: Mapping[str, Any], generation: Generation) -> None:
        """See `Engine.generate`."""
        request = label_request(payload)
        if request.labels is None:
            raise Refused(
                "This model has no labels of its own: name them in response_format, as an enum.",
                param="response_format",
            )
        form = request.system if "{}" in request.system else HYPOTHESIS
        pairs = [self._scorer.encode(request.text, form.replace("{}", label)) for label in request.labels]
        scores = self._scorer.score(pairs, generation)
        if scores is not None:
            entailed = [line[self._entailment] for line in scores]
            chances = entailed[0].new_tensor(entailed).log_softmax(-1).tolist()
            read = sum(len(pair["input_ids"]) for pair in pairs)
            _say(request, request.labels, chances, read, generation)

    def close(self) -> None:
        self._scorer.close()


def entailment(names: Mapping[int, str]) -> int | None:
    """Where an entailment model has its score for that; None: it is another kind of classifier."""
    return next((number for number, name in names.items() if name.casefold().startswith("entail")), None)


def _say(
    request: LabelRequest, labels: Sequence[str], chances: Sequence[float], read: int, generation: Generation
) -> None:
    """`chances`: log-probabilities, one per label."""
    order = sorted(range(len(labels)), key=lambda number: -chances[number])
    logprobs = None
    if request.alternatives is not None:
        top = [_shown(labels[number], chances[number]) for number in order]
        logprobs = {"content": [{**top[0], "top_logprobs": top[: request.alternatives]}], "refusal": None}
    answer(generation, request.written(labels[order[0]]), read, logprobs)


def _shown(label: str, chance: float) -> dict[str, Any]:
    return {"token": label, "logprob": chance, "bytes": list(label.encode())}
