"""What is kept of earlier requests: it changes no answer, crosses no turn, and stays within its bound."""

from __future__ import annotations

import tracemalloc

import pytest

from router.classify.heuristic import HeuristicClassifier
from router.classify.port import Conversation, Turn
from router.domain.kinds import DataClass
from tests.classify.cases import CASES, DIALOGUES, TRANSLATED

_TEXTS = [text for text, _ in CASES] + [text for _, table in TRANSLATED for text in table.values()]
_ROLES = ("system", "user", "assistant", "user", "tool", "user")


def test_what_was_seen_before_changes_no_answer() -> None:
    """Growing conversations, whose texts return in other places and roles, are read as by a new instance."""
    used = HeuristicClassifier()
    for start in range(len(_TEXTS) - len(_ROLES)):
        turns = tuple(map(Turn, _ROLES, _TEXTS[start:]))
        for length in range(1, len(turns) + 1):
            conversation = Conversation(turns[:length])
            assert used.classify(conversation) == HeuristicClassifier().classify(conversation)
    for conversation, _ in DIALOGUES:
        assert used.classify(conversation) == HeuristicClassifier().classify(conversation)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("pay with 4111 1111", "1111 1111 please"),
        ("-----BEGIN RSA", "PRIVATE KEY-----"),
        ("token=ghp_abcdefghij", "klmnopqrstuvwxyz0123456789"),
        ("Classification:", "Restricted"),
        ("my number is 123-45-", "6789"),
    ],
)
def test_a_marker_is_not_put_together_from_two_turns(
    classifier: HeuristicClassifier, first: str, second: str
) -> None:
    """Halves of a marker in turns that follow each other mark no more than each half alone."""
    together = classifier.classify(Conversation((Turn("user", first), Turn("user", second)))).data_class
    alone = [classifier.classify(Conversation((Turn("user", text),))).data_class for text in (first, second)]
    assert together in alone
    assert together is not DataClass.CONFIDENTIAL


@pytest.mark.parametrize("label", ["RESTRICTED", "minutes\nSTRICTLY CONFIDENTIAL", "x [Top Secret]"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_marker_at_the_edge_of_a_turn_is_found(
    classifier: HeuristicClassifier, label: str, place: int
) -> None:
    """First, last or in between, at the first or last character of its turn, seen before or not."""
    texts = ["Good morning.", "All well?"]
    texts.insert(place, label)
    conversation = Conversation(tuple(Turn("user", text) for text in texts))
    for _ in range(2):
        assert classifier.classify(conversation).data_class is DataClass.RESTRICTED


def test_tokens_of_a_conversation_are_those_of_its_turns(classifier: HeuristicClassifier) -> None:
    """The estimate of a chat is the sum over its turns, within one token of rounding for each."""
    texts = [text for text in _TEXTS if text.isascii()][:20]
    single = [classifier.classify(Conversation((Turn("user", text),))).input_tokens for text in texts]
    chat = classifier.classify(Conversation(tuple(Turn("user", text) for text in texts))).input_tokens
    # Turns share the line feed between them, which alone counts as 0.8 of a token.
    assert sum(single) - 2 * len(texts) <= chat <= sum(single)


def test_the_memory_kept_is_bounded() -> None:
    """40 MB of turns in the widest characters, of every length kept, leave less than 20 MB behind."""
    classifier = HeuristicClassifier()
    tracemalloc.start()
    try:
        for number in range(1_500):
            for size in (8_000, 1_000) if number < 300 else (1_000,):
                text = f"{number} ".ljust(size, "🙂")
                turns = (Turn("system", text[::-1]), Turn("user", text), Turn("user", "and?"))
                classifier.classify(Conversation(turns))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 8_000_000 < kept < 20_000_000
