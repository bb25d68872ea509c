"""Bad signs are seen, honest texts are left alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from router.domain.kinds import Verdict
from router.verify import refusals
from router.verify.refusals import refusal
from router.verify.signs import check_signs, empty, looping, truncated, wrong_language

GERMAN = "Der Ausschuss fragte, warum die Regel, die 40 Euro im Jahr kostet, für viele nicht mehr gilt."


@pytest.mark.parametrize("answer", ["", " \n\t", "\u200b\u200b", "<think>Hm.</think>\n"])
def test_what_shows_nothing_is_empty(answer: str) -> None:
    """Space, invisible characters and thinking alone are no answer."""
    assert empty(answer)
    assert empty(answer + "Yes.") is None


@pytest.mark.parametrize(
    ("answer", "finish", "cut"),
    [
        ("Par", "length", True),
        ("Paris.", "stop", False),
        ("<think>Let me see", "stop", True),
        ("```python\nprint(1)\n", "stop", True),
        ("```python\nprint(1)\n```", "stop", False),
        ("````md\n```\ncode\n```\n````", None, False),
        ("~~~\n```\n~~~", None, False),
        ("Use ``` in the middle of a line", None, False),
    ],
)
def test_cut_off_answers_are_seen(answer: str, finish: str | None, cut: bool) -> None:
    """By the finish reason, thinking without an end and an open code block."""
    assert bool(truncated(answer, finish)) is cut


def test_a_loop_is_named() -> None:
    """With its length and its unit."""
    assert looping("First. " + "Wait, let me check again. " * 60) == (
        "ends in a loop of 26 characters: 'Wait, let me check again. '"
    )
    assert looping("\n".join(f"| item {n} | {n * 17 % 101} EUR |" for n in range(400))) is None


def test_another_language_is_seen_only_when_sure() -> None:
    """A sentence is enough; a word, code or a close relative is not."""
    pytest.importorskip("py3langid")
    assert wrong_language(GERMAN, "en") == "in de, asked for en"
    assert wrong_language(GERMAN, "de") is None
    assert wrong_language("Ja.", "en") is None
    assert wrong_language("```\n" + GERMAN + "\n```", "en") is None


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot provide medical advice. Please see a doctor.",
        "As an AI language model, I don't have personal opinions.",
        "I must respectfully decline this request.",
        "Es tut mir leid, aber dabei kann ich dir leider nicht helfen.",
        "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "抱歉，我无法提供这方面的帮助。",
        "申し訳ありませんが、その件についてはお手伝いできません。",
    ],
)
def test_refusals_are_seen(answer: str) -> None:
    """In several languages, in the first sentences; the verdict is unverified, for it may be right."""
    assert refusal(answer)
    finding = check_signs(answer)
    assert finding.verdict is Verdict.UNVERIFIED and "refused" in finding.evidence


@pytest.mark.parametrize(
    "answer",
    [
        "I cannot recommend this book enough.",
        "I'm sorry to hear that. Here is what you can do.",
        'She said: "I can\'t help you with that", and left.',
        "You cannot help a friend who does not want help.",
        "The function can't write to a closed file.",
        "Here is the letter.\n" + "It is a fine day. " * 30 + "I cannot help you with that.",
    ],
)
def test_regret_and_quotations_are_no_refusals(answer: str) -> None:
    """Nor is an inability that the text is about, or one that comes late."""
    assert refusal(answer) is None


def test_no_bad_sign_is_no_proof() -> None:
    """Unverified, never passed; a bad sign fails."""
    assert check_signs("Paris.").verdict is Verdict.UNVERIFIED
    assert check_signs("Par", finish_reason="length").verdict is Verdict.FAILED


@given(st.text(max_size=300), st.sampled_from([None, "en", "ar", "xx"]))
def test_no_text_makes_it_raise(answer: str, language: str | None) -> None:
    """Whatever it is given, it returns."""
    check_signs(answer, language=language)
    check_signs(answer * 30, language=language)


@pytest.mark.parametrize("pattern", refusals._PATTERNS)
def test_the_quick_look_for_refusals_misses_none_of_the_patterns(pattern: str) -> None:
    """Whatever plain ASCII a pattern matches holds one of the words that are looked for first."""
    ascii_only = st.characters(max_codepoint=127)

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(re.compile(pattern, re.IGNORECASE | re.ASCII), alphabet=ascii_only))
    def holds(opening: str) -> None:
        if re.search(pattern, opening, re.IGNORECASE):
            assert any(needle in opening.lower() for needle in refusals._NEEDLES)

    try:
        holds()
    except InvalidArgument:
        pytest.skip("it is written in other letters only")
