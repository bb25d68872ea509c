"""The query model at run time: features of a text, the file, and what a classifier makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.classify.features import extract
from router.classify.grams import WINDOW, Numbers, counted, keys, split, tokens, whole
from router.classify.heuristic import HeuristicClassifier
from router.classify.learned import LearnedClassifier, mix
from router.classify.query_model import BadModel, QueryModel, load
from router.classify.readable import LIMIT, SCALE, Standardised, readable
from router.classify.text import clip
from router.domain.conversation import Conversation, Turn
from router.domain.kinds import Task
from router.sandbox.prompts import load_prompts
from tests.classify.cases import user

NUMBERS = Numbers({"how": 1, "many": 2, "left": 3, "#2": 4})


@pytest.fixture(scope="module")
def model() -> QueryModel:
    return load()


def test_words_are_lower_case_and_digits_are_lengths() -> None:
    """Numbers of one length are one word: their value says nothing of how hard a question is."""
    assert tokens("Add 12, then 345!") == ["add", "#2", ",", "then", "#3", "!"]


@given(st.text(st.sampled_from("a b1  2٣x_?\t\n\x1c'-İ"), max_size=60))
def test_digits_are_read_as_they_were_fitted(text: str) -> None:
    """Numbering a request's words as they stand finds what numbering their fitted form finds, and a text that
    is all lower-case ASCII falls apart as any other does."""
    numbers = Numbers({"#1": 1, "#2": 2, "a": 3, "?": 4})
    assert keys(split(text), numbers).tolist() == keys(tokens(text), numbers).tolist()
    assert split(text) == split(f"{text} é")[:-1]


def test_a_key_is_made_of_both_words_and_their_distance() -> None:
    """The same two words at another distance or in another order are another feature."""
    near, far = keys(["how", "many"], NUMBERS), keys(["how", "x", "many"], NUMBERS)
    turned = keys(["many", "how"], NUMBERS)
    pairs = [set(found[whole(found)].tolist()) - {1, 2} for found in (near, far, turned)]
    assert all(len(pair) == 1 for pair in pairs)
    assert len(set.union(*pairs)) == 3


def test_pairs_with_an_unknown_word_are_no_features() -> None:
    """They cannot be told from one another, so nothing may be learned of them."""
    found = keys(["how", "strange", "many"], NUMBERS)
    assert set(found[whole(found)].tolist()) == {1, 2, (1 << 20) + 2 + (2 << 40)}


@given(st.lists(st.sampled_from(["how", "many", "left", "#2", "unknown"]), max_size=40))
def test_every_pair_within_the_window_is_counted(words: list[str]) -> None:
    """A text of n words has n words and n - d pairs at each distance d."""
    expected = sum(max(0, len(words) - apart) for apart in range(WINDOW + 1))
    found = keys(words, NUMBERS)
    distinct, frequency = counted(found)
    assert len(found) == expected
    assert distinct.tolist() == sorted(set(found.tolist()))
    assert np.exp(frequency - 1.0).sum() == pytest.approx(expected, rel=1e-4)


@given(st.text(max_size=400))
def test_any_text_reads_as_chances(text: str) -> None:
    """Low, high and length stay within their bounds for whatever is typed."""
    found = load_once().read(clip(text), extract(clip(text), len(text)))
    assert 0.02 <= found.low <= 0.98 and 0.02 <= found.high <= 0.98
    assert 0.25 <= found.output_factor <= 4.0


@pytest.mark.parametrize("text", ["İ" * 1201, "? " * 600, "a" * 1201, ""])
def test_a_clip_of_one_thing_over_and_over_is_counted(text: str) -> None:
    """However often a word can stand in a clipped text, its frequency is known."""
    distinct, frequency = counted(keys(tokens(text), Numbers()))
    assert np.exp(frequency - 1.0).sum() == pytest.approx(len(keys(tokens(text), Numbers())), rel=1e-4)
    assert len(distinct) == len(frequency) <= WINDOW + 1


@given(st.text(max_size=400))
def test_standardised_features_are_those_of_the_fit(text: str) -> None:
    """What is looked up for a request is what arithmetic gave in the fit, to the last bit."""
    words, found = load_once().vocabulary, extract(clip(text), len(text))
    plain = np.clip((np.array(readable(found)) - words.middle) / words.spread, -LIMIT, LIMIT) * SCALE
    assert Standardised(words.middle.tolist(), words.spread.tolist()).of(found) == plain.tolist()


def load_once(kept: list[QueryModel] = []) -> QueryModel:  # noqa: B006 (kept on purpose: loading takes long)
    if not kept:
        kept.append(load())
    return kept[0]


def test_what_is_saved_is_what_is_read(model: QueryModel, tmp_path: Path) -> None:
    """A model written and read again gives the same values; its digest names the file's content."""
    model.save(tmp_path / "copy.npz")
    again = load(tmp_path / "copy.npz")
    text = "How many apples are left?"
    read = [m.read(text, extract(text, len(text))) for m in (model, again)]
    assert read[0][:3] == pytest.approx(read[1][:3], abs=1e-6)
    assert len(again.digest) == 16


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a model", None])
def test_a_file_that_is_no_model_is_said_so(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty and foreign files are refused by name, before anything is served."""
    path = tmp_path / "model.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadModel, match=r"model\.npz: is no query model"):
        load(path)


def test_competition_problems_read_harder_than_grade_school(model: QueryModel) -> None:
    """The difficulty of what the panel mostly got wrong is above that of what it mostly got right."""
    classifier = LearnedClassifier(model)
    hard = "Let $a$, $b$, $c$ be the roots of $x^3-7x+6$. Find the number of ordered triples of integers."
    easy = "Tom has 5 apples and buys 7 more. He eats 3. How many apples does he have left?"
    one, two = (classifier.classify(user(text)) for text in (hard, easy))
    assert one.difficulty > two.difficulty + 0.1
    assert one.reading is not None and one.reading.low < one.reading.high


def test_languages_and_tasks_it_was_not_fitted_on_keep_the_heuristic(model: QueryModel) -> None:
    """No reading, and exactly the heuristic's signals: nothing becomes hard or easy by being unknown."""
    learned, heuristic = LearnedClassifier(model), HeuristicClassifier()
    read = 0
    for prompt in load_prompts():
        turns = tuple(Turn(str(m["role"]), str(m.get("content") or "")) for m in prompt.messages)
        one, two = (c.classify(Conversation(turns)) for c in (learned, heuristic))
        outside = two.language not in model.languages or two.task not in model.usual
        assert (one.reading is None) is outside
        assert (one == two) is outside
        read += one.reading is not None
    assert read > 20


def test_a_follow_up_is_read_with_what_it_follows(model: QueryModel) -> None:
    """ "And for n = 5?" alone says nothing: the turn before it does."""
    classifier = LearnedClassifier(model)
    first = "Prove that the number of derangements of n objects is the integer nearest to n!/e."
    turns = (Turn("user", first), Turn("assistant", "..."), Turn("user", "And for n = 5?"))
    followed = classifier.classify(Conversation(turns)).reading
    alone = classifier.classify(user("And for n = 5?")).reading
    assert followed is not None
    assert alone is None or followed.low != alone.low


def test_the_task_mix_sums_to_one_and_keeps_the_leading_task() -> None:
    """Shares are positive, the largest is the task with most votes."""
    shares = mix([2.0, 1.9, 0.5, -1.0, 0.0, 0.0, 0.0, 0.0, 0.5], 0.5)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert max(shares, key=shares.__getitem__) is Task.MATH
