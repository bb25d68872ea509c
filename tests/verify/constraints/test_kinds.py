"""The 25 kinds of IFEval, each on an answer that follows it and on one that does not."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.kinds import Verdict
from router.verify.constraints.check import check_constraint, check_constraints, constraint
from router.verify.constraints.outcome import Doubt
from router.verify.constraints.table import KINDS

GERMAN = "Der Ausschuss fragte, warum die Regel, die 40 Euro im Jahr kostet, für viele nicht mehr gilt."
CASES: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "change_case:capital_word_frequency",
        {"capital_relation": "at least", "capital_frequency": 2},
        "NASA and I",
        "Nasa and I",
    ),
    (
        "change_case:capital_word_frequency",
        {"capital_relation": "less than", "capital_frequency": 1},
        "none",
        "ONE",
    ),
    ("change_case:english_capital", {}, "ALL OF IT IS LOUD.", "Not All Of It."),
    ("change_case:english_lowercase", {}, "all of it is quiet.", "Not all of it."),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi."}, "say hi. Hi!", "Hi! Say hi."),
    ("combination:two_responses", {}, "one\n******\ntwo", "one\n******\none"),
    (
        "detectable_content:number_placeholders",
        {"num_placeholders": 2},
        "[name] of [place]",
        "[name] of [\nplace]",
    ),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye.\nP. S. Wait", "Bye."),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "p.p.s. Wait", "P.S. Wait"),
    ("detectable_format:constrained_response", {}, "Well. My answer is no.", "No."),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', 'Here: {"a": 1}'),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        "Section 1 a Section 2 b",
        "Section 1 a",
    ),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n  - b\n** c", "* a\n* b\n* c"),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and *b*", "*a* and * *"),
    ("detectable_format:title", {}, "<<A title>>\nText", "<< >>\nText"),
    ("keywords:existence", {"keywords": ["Cat", "c++"]}, "cats like C++", "cats like C"),
    ("keywords:forbidden_words", {"forbidden_words": ["cat"]}, "cats", "The CAT."),
    ("keywords:frequency", {"keyword": "cat", "relation": "at least", "frequency": 2}, "cats, Cat", "cat"),
    ("keywords:frequency", {"keyword": "cat", "relation": "less than", "frequency": 2}, "cat", "cats, Cat"),
    (
        "keywords:letter_frequency",
        {"letter": "t", "let_relation": "less than", "let_frequency": 2},
        "Tea",
        "tattoo",
    ),
    (
        "language:response_language",
        {"language": "de"},
        GERMAN,
        "The committee asked why the rule had failed so many.",
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"first_word": "so", "num_paragraphs": 2, "nth_paragraph": 2},
        "One.\n\n'So, two.",
        "So one.\n\nTwo.",
    ),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "one\n***\ntwo", "one\n***\n***\ntwo"),
    (
        "length_constraints:number_sentences",
        {"relation": "at least", "num_sentences": 2},
        "One. Two?",
        "Dr. Who is one.",
    ),
    ("length_constraints:number_words", {"relation": "less than", "num_words": 3}, "two words", "it's three"),
    ("punctuation:no_comma", {}, "none; none", "one, two"),
    ("startend:end_checker", {"end_phrase": "The end."}, 'It is "the end."', "The end. Really."),
    ("startend:quotation", {}, ' "All of it." ', '"'),
]


@pytest.mark.parametrize(("name", "kwargs", "good", "bad"), CASES, ids=[case[0] for case in CASES])
def test_each_kind_tells_good_from_bad(name: str, kwargs: dict[str, Any], good: str, bad: str) -> None:
    """The good answer has no fault; the bad one has, in words."""
    if name.startswith("language") and importlib.util.find_spec("py3langid") is None:
        pytest.skip("needs the extra verify")
    one = constraint(name, {**kwargs, "unused": None})
    assert check_constraint(good, one) is None
    assert isinstance(check_constraint(bad, one), str)


def test_every_kind_has_a_case() -> None:
    """All 25, and no other."""
    assert {case[0] for case in CASES} == set(KINDS)
    assert len(KINDS) == 25


@pytest.mark.parametrize(
    ("name", "kwargs", "said"),
    [
        ("length:words", {}, "known: .*length_constraints:number_words"),
        ("punctuation:no_comma", {"n": 1}, "takes no arguments, not n"),
        ("length_constraints:number_words", {"num_words": 5}, "takes num_words, relation, not num_words"),
        (
            "length_constraints:number_words",
            {"num_words": 5, "relation": "about"},
            "one of 'less than', 'at least'",
        ),
        ("length_constraints:number_words", {"num_words": 5.5, "relation": "at least"}, "a whole number"),
        ("length_constraints:number_words", {"num_words": True, "relation": "at least"}, "a whole number"),
        ("keywords:existence", {"keywords": []}, "a list of texts"),
        ("keywords:existence", {"keywords": "cat"}, "a list of texts"),
        ("startend:end_checker", {"end_phrase": " "}, "a text"),
    ],
)
def test_a_bad_declaration_says_what_is_known(name: str, kwargs: dict[str, Any], said: str) -> None:
    """Unknown kinds and wrong arguments are errors of whoever declared them."""
    with pytest.raises(ValueError, match=said):
        constraint(name, kwargs)


def test_the_verdict_over_several() -> None:
    """All hold: passed. One fails: failed, naming it. One in doubt, or none declared: unverified."""
    no_comma, short = constraint("punctuation:no_comma", {}), constraint("startend:quotation", {})
    assert check_constraints('"fine"', [no_comma, short]).verdict is Verdict.PASSED
    failed = check_constraints("a, b", [no_comma, short])
    assert failed.verdict is Verdict.FAILED and "punctuation:no_comma: 1 comma(s)" in failed.evidence
    doubtful = constraint("language:response_language", {"language": "de"})
    assert isinstance(check_constraint("42", doubtful), Doubt)
    assert check_constraints("42", [doubtful, no_comma]).verdict is Verdict.UNVERIFIED
    assert check_constraints("42", []).verdict is Verdict.UNVERIFIED


@given(st.text(alphabet="aA1 .,*-[]<>\n\"'`é漢{}P.S", max_size=300))
def test_no_answer_makes_a_check_raise(answer: str) -> None:
    """Whatever it is given, every kind returns."""
    for name, kwargs, _, _ in CASES:
        check_constraint(answer, constraint(name, kwargs))


@pytest.mark.parametrize("unit", ["[", "<<", "*", "\n", " ", "a ", "***", "P.", "`", '"', "a.\n"])
def test_long_answers_of_one_sign_are_no_trap(unit: str) -> None:
    """A megabyte of it is judged all the same: no check takes quadratic time."""
    answer = unit * (1_000_000 // len(unit))
    for name, kwargs, _, _ in CASES:
        check_constraint(answer, constraint(name, kwargs))
