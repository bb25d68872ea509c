"""Words and sentences are counted as IFEval's graders count them."""

from __future__ import annotations

import pytest

from router.verify.constraints.text import capital_words, count_sentences, count_words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        ("One", 1),
        ("One. Two! Three? Four", 4),
        ("Dr. Smith met J. Doe at 5 p.m. on Monday.", 1),
        ("He said “yes.” She left.", 2),
        ("Wait... what? No... Yes.", 3),
        ("A line\n\nanother line", 1),
        ("Version 1.5 is out. Use it.", 2),
        ("What?! Really?", 2),
    ],
)
def test_sentences(text: str, sentences: int) -> None:
    """Marks before a space end them, abbreviations and line breaks do not."""
    assert count_sentences(text) == sentences


def test_words_and_capitals() -> None:
    """Words are runs of word characters; capitals leave clitics out."""
    assert count_words("it's a well-known_fact") == 5
    assert capital_words("NASA's I'M U.S. 3D Hello-World HELLO-WORLD a A 42") == 6
