"""The language an answer should be in is taken from the prompt only when the prompt leaves no doubt."""

from __future__ import annotations

import pytest

from router.verify.asked import asked_language


@pytest.mark.parametrize(
    ("prompt", "language"),
    [
        ("Warum ist der Himmel am Abend rot und am Mittag blau?", "de"),
        ("Why is the sky red in the evening? Answer only in Korean.", "ko"),
        ("Why is the sky red in the evening and blue at noon?", "en"),
        ("Translate to Italian: the sky is red in the evening.", None),
        ("Why do the French eat so much bread and cheese?", None),
        ("Übersetze bitte: the sky is red in the evening and blue at noon.", None),
        ("17 * 23", None),
        ("Hallo", None),
    ],
)
def test_it_is_asked_for_or_the_prompts_own(prompt: str, language: str | None) -> None:
    """Translations, other mentions of languages and short prompts say nothing."""
    pytest.importorskip("py3langid")
    assert asked_language(prompt) == language
