"""Task, difficulty and language on hand-written requests, in many languages and over whole conversations."""

from __future__ import annotations

import pytest

from router.classify.heuristic import HeuristicClassifier, explain
from router.classify.port import Conversation, Turn
from router.domain.kinds import Task
from tests.classify.cases import CASES, DIALOGUES, TRANSLATED, user

_TRANSLATIONS = [
    (task, table["en"], code, text) for task, table in TRANSLATED for code, text in table.items()
]


@pytest.mark.parametrize(("text", "task"), CASES)
def test_a_single_turn_is_read_as_a_person_would(
    classifier: HeuristicClassifier, text: str, task: Task
) -> None:
    """The task of a lone user turn is the one a person would name."""
    assert classifier.classify(user(text)).task is task


@pytest.mark.parametrize(("task", "english", "code", "text"), _TRANSLATIONS)
def test_a_translation_is_read_alike(
    classifier: HeuristicClassifier, task: Task, english: str, code: str, text: str
) -> None:
    """The same request in another language: same task, its own language, difficulty within 0.15."""
    signals = classifier.classify(user(text))
    assert (signals.task, signals.language) == (task, code)
    assert signals.difficulty == pytest.approx(classifier.classify(user(english)).difficulty, abs=0.15)


@pytest.mark.parametrize(("conversation", "task"), DIALOGUES)
def test_the_conversation_is_read_and_not_only_its_last_turn(
    classifier: HeuristicClassifier, conversation: Conversation, task: Task
) -> None:
    """Follow-ups inherit, changes of subject do not, system prompts and tools name the job."""
    assert classifier.classify(conversation).task is task


def test_a_follow_up_inherits_difficulty(classifier: HeuristicClassifier) -> None:
    """ "why?" after a hard proof is about as hard as the proof, and far harder than "why?" alone."""
    hard = r"Prove the theorem that the series $\sum 1/n^2$ converges; derive its integral rigorously."
    alone = classifier.classify(user("why?")).difficulty
    asked = classifier.classify(user(hard)).difficulty
    followed = classifier.classify(user(hard, "why?")).difficulty
    assert followed == pytest.approx(asked, abs=0.1)
    assert followed > alone + 0.2


def test_harder_requests_of_a_kind_score_higher(classifier: HeuristicClassifier) -> None:
    """Difficulty orders an easy, a middling and a hard request of the same task."""
    easy, middle, hard = (
        classifier.classify(user(text)).difficulty
        for text in (
            "What is 2 + 3?",
            "Solve the quadratic equation x^2 - 7x + 10 = 0 and give both roots.",
            r"Let $p$ be a prime. Prove that every group of order $p^2$ is abelian, and determine all"
            r" polynomials $f$ modulo $p$ with $f(x)^2 \equiv x$.",
        )
    )
    assert easy < middle < hard


def test_the_explanation_sums_to_the_difficulty(classifier: HeuristicClassifier) -> None:
    """The named contributions add up, within 0..1, to the difficulty given."""
    for conversation in (*(user(text) for text, _ in CASES), *(dialogue for dialogue, _ in DIALOGUES)):
        total = sum(value for _, value in explain(conversation))
        assert classifier.classify(conversation).difficulty == pytest.approx(min(1.0, max(0.0, total)))


def test_the_explanation_names_what_was_said_before() -> None:
    """A follow-up's contributions are named as the earlier turns', the request's own as they are."""
    turns = user("Prove this theorem about primes.", "why?").turns
    names = [name for name, _ in explain(Conversation(turns, images=1))]
    assert "earlier turns: task:math" in names
    assert "earlier turns: advanced mathematics" in names
    assert names[-1] == "media"


def test_confidence_falls_with_doubt(classifier: HeuristicClassifier) -> None:
    """A clear request is surer than one torn between tasks, a tiny one, or one in an unknown language."""
    clear = classifier.classify(user("Write a Python function that reverses a string.")).confidence
    tiny = classifier.classify(user("x")).confidence
    foreign = classifier.classify(user("Napisz funkcję, która odwraca napis w tym programie.")).confidence
    torn = classifier.classify(
        user("Classify this poem and extract names and dates as JSON fields.")
    ).confidence
    assert max(tiny, foreign, torn) < clear
    assert classifier.classify(Conversation(())).confidence == 0.0


def test_an_empty_or_pictorial_request_has_an_answer(classifier: HeuristicClassifier) -> None:
    """No turns, empty turns and images alone are `other` or a tool's business, never an error."""
    assert classifier.classify(Conversation(())).task is Task.OTHER
    picture = classifier.classify(Conversation((Turn("user", ""),), images=2))
    assert picture.input_tokens > 1000
    assert picture.language == "und"
