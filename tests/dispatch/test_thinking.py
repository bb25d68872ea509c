"""Thinking told apart from the answer, however the tags are cut, and never sent upstream again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.dispatch.thinking import TagSplitter, separate, without_thinking
from router.domain.catalog import Thinking

IMPLICIT = Thinking("tags", "implicit")
EXPLICIT = Thinking("tags", "explicit")
FIELD = Thinking("field")


def split(text: str, thinking: Thinking, cuts: list[int], finish: str = "stop") -> tuple[str, str]:
    splitter = TagSplitter(thinking)
    thought = answer = ""
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    for start, end in pairwise(edges):
        more_thought, more_answer = splitter.feed(text[start:end])
        thought, answer = thought + more_thought, answer + more_answer
    more_thought, more_answer = splitter.end(finish)
    return thought + more_thought, answer + more_answer


CASES = [
    (IMPLICIT, "hm, 2+2\n</think>\n\n4", "hm, 2+2\n", "4"),
    (IMPLICIT, "<think>hm</think>4", "hm", "4"),
    (IMPLICIT, "\n<think>hm</think>4", "hm", "4"),
    (IMPLICIT, "</think>4", "", "4"),
    (EXPLICIT, "<think>hm</think>\n4 </think> is a tag", "hm", "4 </think> is a tag"),
    (EXPLICIT, "4 <think> is a tag", "", "4 <think> is a tag"),
    (FIELD, "<think>hm</think>4", "hm", "4"),
    (FIELD, "just an answer", "", "just an answer"),
]


@pytest.mark.parametrize(("thinking", "text", "thought", "answer"), CASES)
@given(cuts=st.lists(st.integers(0, 60), max_size=8))
def test_tags_may_be_cut_anywhere(
    thinking: Thinking, text: str, thought: str, answer: str, cuts: list[int]
) -> None:
    """The split does not depend on where the stream was cut."""
    assert split(text, thinking, cuts) == (thought, answer)


@given(st.text(alphabet="<>/think ab\n", max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_no_text_is_lost(text: str, cuts: list[int]) -> None:
    """Cut anywhere, thinking and answer together are what they are uncut; text without tags is answer."""
    assert split(text, EXPLICIT, cuts) == split(text, EXPLICIT, [])
    if "<think>" not in text:
        assert split(text, EXPLICIT, cuts) == ("", text)


def test_a_model_that_never_closed_its_thinking_still_gives_an_answer() -> None:
    """Finished by itself: the text is repeated as the answer. Cut off: it was thinking."""
    assert split("Paris", IMPLICIT, [2]) == ("Paris", "Paris")
    assert split("Paris", IMPLICIT, [2], finish="length") == ("Paris", "")


@pytest.mark.parametrize(
    ("message", "thinking", "after"),
    [
        ({"content": "hm</think>4"}, IMPLICIT, {"content": "4", "reasoning_content": "hm"}),
        ({"content": "4", "reasoning": "hm"}, FIELD, {"content": "4", "reasoning_content": "hm"}),
        ({"content": None, "reasoning": "hm"}, None, {"content": None, "reasoning_content": "hm"}),
        ({"content": "Paris"}, IMPLICIT, {"content": "Paris"}),
        ({"content": "Paris"}, None, {"content": "Paris"}),
        ({"content": "hm</think>", "tool_calls": [1]}, IMPLICIT,
         {"content": None, "reasoning_content": "hm", "tool_calls": [1]}),
    ],
)  # fmt: skip
def test_a_whole_message_is_separated(
    message: dict[str, Any], thinking: Thinking | None, after: dict[str, Any]
) -> None:
    """`reasoning` and tags become `reasoning_content`; an answer without thinking stays as it is."""
    before = dict(message)
    changed = separate(message, thinking, "stop")
    assert message == after
    assert changed is (before != after)


def test_earlier_thinking_is_not_sent_upstream() -> None:
    """Fields and text of thinking are dropped from assistant turns; the caller's list is not changed."""
    messages = [
        {"role": "user", "content": "keep </think> here"},
        {"role": "assistant", "content": "<think>a</think>\n\nfour", "reasoning_content": "a"},
        {"role": "assistant", "content": "b\n</think>\nfive"},
    ]
    assert without_thinking(messages) == [
        messages[0],
        {"role": "assistant", "content": "four"},
        {"role": "assistant", "content": "five"},
    ]
    assert messages[1]["reasoning_content"] == "a"
    plain = [{"role": "user", "content": "x"}]
    assert without_thinking(plain) is plain
