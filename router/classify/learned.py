"""The classifier with the query model: the heuristic's reading of a conversation, and what a model fitted on
outcomes says of its text.

The heuristic stays in charge of task, language, data class and tokens: it knows thirteen languages and the
wire. The query model was fitted on questions in English, of the tasks its card names; a request outside
them gets no reading, and its difficulty stays the heuristic's, so that no language and no kind of work
becomes hard or easy by being unknown. Must not look at models, prices or policy.
"""

from __future__ import annotations

from math import exp

from router.classify.features import extract
from router.classify.heuristic import Considered, HeuristicClassifier
from router.classify.port import Conversation
from router.classify.query_model import QueryModel
from router.classify.tasks import TASKS
from router.classify.text import clip
from router.domain.facts import Signals
from router.domain.kinds import Task
from router.domain.reading import Reading

_LEAST_SHARE = 0.1
"""Tasks with less of the mix are left out of it: they would cost time and say nothing."""


class LearnedClassifier:
    """The `Classifier` of the gateway; one instance serves every request, from any thread."""

    def __init__(self, model: QueryModel) -> None:
        self._model = model
        self._heuristic = HeuristicClassifier()

    def classify(self, conversation: Conversation) -> Signals:
        """Never raises for any conversation."""
        signals, considered = self._heuristic.consider(conversation)
        if signals.language not in self._model.languages or signals.task not in self._model.usual:
            return signals
        reading = self._read(considered)
        return Signals(
            task=signals.task,
            difficulty=1.0 - (reading.low + reading.high) / 2.0,
            confidence=signals.confidence,
            language=signals.language,
            data_class=signals.data_class,
            input_tokens=signals.input_tokens,
            reading=reading,
        )

    def _read(self, considered: Considered) -> Reading:
        model = self._model
        text, features = considered.last, considered.features
        if considered.before:
            text = f"{considered.before}\n{text}"
            features = extract(clip(text), len(text), features.language)
        found = model.read(clip(text), features)
        shares = mix(considered.votes, model.temperature)
        seen = low = high = beyond = 0.0
        for task, share in shares.items():
            usual = model.usual.get(task)
            if usual is not None:
                seen += share
                low += share * usual.low
                high += share * usual.high
                beyond += share * usual.beyond
        return Reading(
            shares,
            found.low,
            found.high,
            low / seen,
            high / seen,
            found.output_factor,
            found.heads,
            model.digest,
            beyond / seen,
        )


def mix(votes: list[float], temperature: float) -> dict[Task, float]:
    """The task mix: softmax of the votes at a temperature fitted on public sets; small shares left out."""
    top = max(votes)
    raw = [exp((vote - top) / temperature) for vote in votes]
    least = _LEAST_SHARE * sum(raw)
    kept = {task: value for task, value in zip(TASKS, raw, strict=True) if value >= least}
    total = sum(kept.values())
    return {task: value / total for task, value in kept.items()}
