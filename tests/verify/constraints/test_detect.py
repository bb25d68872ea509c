"""A prompt's constraints are detected when it states them in so many words, and only then."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.verify.constraints.check import constraint
from router.verify.constraints.detect import detect

STATED: list[tuple[str, list[tuple[str, dict[str, Any]]]]] = [
    (
        "Write at least 300 words and use no commas.",
        [
            ("length_constraints:number_words", {"relation": "at least", "num_words": 300}),
            ("punctuation:no_comma", {}),
        ],
    ),
    (
        "Answer with at most 150 words.",
        [("length_constraints:number_words", {"relation": "less than", "num_words": 151})],
    ),
    (
        "Use more than 30 sentences.",
        [("length_constraints:number_sentences", {"relation": "at least", "num_sentences": 31})],
    ),
    (
        "Your entire response should be in English, and in all capital letters.",
        [("change_case:english_capital", {})],
    ),
    ("Use words in all capital letters at least 3 times.", []),
    ("Include exactly 3 bullet points.", [("detectable_format:number_bullet_lists", {"num_bullets": 3})]),
    (
        'Include the keywords "sun", "moon", and "sky".',
        [("keywords:existence", {"keywords": ["sun", "moon", "sky"]})],
    ),
    (
        "Do not use the words 'red' or 'blue'.",
        [("keywords:forbidden_words", {"forbidden_words": ["red", "blue"]})],
    ),
    (
        'The word "cat" should appear at least twice.',
        [("keywords:frequency", {"keyword": "cat", "relation": "at least", "frequency": 2})],
    ),
    (
        "The letter q should appear at most 2 times.",
        [("keywords:letter_frequency", {"letter": "q", "let_relation": "less than", "let_frequency": 3})],
    ),
    ("Answer only in Korean.", [("language:response_language", {"language": "ko"})]),
    ("Wrap your entire response with double quotation marks.", [("startend:quotation", {})]),
    (
        'Finish your response with this exact phrase: "The end."',
        [("startend:end_checker", {"end_phrase": "The end."})],
    ),
    ("Give a title in double angular brackets.", [("detectable_format:title", {})]),
    (
        "Say hi.\nFirst repeat the request word for word without change, then answer.",
        [("combination:repeat_prompt", {"prompt_to_repeat": "Say hi."})],
    ),
]


@pytest.mark.parametrize(("prompt", "stated"), STATED, ids=[prompt[:30] for prompt, _ in STATED])
def test_what_is_stated_is_found(prompt: str, stated: list[tuple[str, dict[str, Any]]]) -> None:
    """With its arguments, and nothing else."""
    assert set(detect(prompt)) == {constraint(*one) for one in stated}


@pytest.mark.parametrize(
    "prompt",
    [
        "What is 17 * 23?",
        "Only the Dutch traded with China at that time. Why?",
        "s contains only lowercase English letters. Return its longest palindrome.",
        "Split on whitespace; if there are no commas exists ... split on commas.",
        "A search box can take at most 200 words. Why does it crash?",
        "Two people try to avoid the letter t. Write their dialogue.",
        "Write at least 100 words. Write less than 50 words.",
    ],
)
def test_what_is_only_talked_about_is_not(prompt: str) -> None:
    """Facts, code and stories are no instructions; contradictions are dropped."""
    assert detect(prompt) == ()


@given(
    st.lists(
        st.sampled_from(
            [
                "at least",
                " 5 ",
                "words",
                "paragraphs",
                "exactly",
                "***",
                "\n",
                '"',
                "a",
                "keyword",
                "letter",
                " in ",
                "only",
                "German",
                "JSON",
                ",",
                "not use",
                "0",
            ]
        ),
        max_size=60,
    )
)
def test_no_prompt_makes_it_raise(parts: list[str]) -> None:
    """Whatever it is given, it returns."""
    detect(" ".join(parts))
