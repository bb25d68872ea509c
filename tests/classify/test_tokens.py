"""The token estimate: right order per script, additive parts, and sampling that agrees with counting."""

from __future__ import annotations

import pytest

from router.classify import tokens
from router.classify.port import Conversation, Turn
from router.classify.text import encode, outline


def _of(text: str) -> int:
    data = encode(text)
    rest, letters = tokens.costs(data, outline(data), text.isascii())
    one_turn = Conversation((Turn("user", text),))
    return tokens.of_conversation(rest, letters, text.isascii(), one_turn) - tokens.PER_TURN


@pytest.mark.parametrize(
    ("text", "real"),
    [
        # Counts of the SmolLM2 vocabulary (49,152 tokens).
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("Solve the equation 3x + 7 = 22. What is x?", 17),
    ],
)
def test_english_is_close(text: str, real: int) -> None:
    """Plain sentences are within a third of a real tokenizer's count, and not below 0.68 of it."""
    assert 0.68 * real <= _of(text) <= 1.34 * real


def test_scripts_cost_what_they_cost() -> None:
    """A Chinese character costs about a token, a Latin one about a quarter."""
    assert 0.9 <= _of("报告完成后委员会将再次开会" * 20) / 260 <= 1.4
    assert 0.18 <= _of("committee meeting report " * 20) / 500 <= 0.3


def test_a_sample_agrees_with_a_count() -> None:
    """Above the sampling limit the estimate stays within 5% of the sum of its parts."""
    part = "In 2024 the committee met 12 times; it approved 7 of 30 proposals (23%).\n" * 150
    assert len(part) < tokens.SAMPLE_ABOVE < len(part * 9)
    assert _of(part * 9) == pytest.approx(9 * _of(part), rel=0.05)


def test_parts_of_a_request_add_up() -> None:
    """Turns, images and audio each add their documented constant; tools and tool calls go by their size."""
    plain = tokens.of_conversation(0, 0, True, Conversation((Turn("user", ""),)))
    rich = tokens.of_conversation(0, 0, True, Conversation((Turn("user", ""),), images=1, audio=1))
    assert plain == tokens.PER_TURN
    assert rich - plain == tokens.PER_IMAGE + tokens.PER_AUDIO


@pytest.mark.parametrize(
    ("size", "real"),
    [
        # Bytes of compact JSON, and counts of the SmolLM2 vocabulary as templates write it, with spaces.
        pytest.param(338, 102, id="a function of two arguments"),
        pytest.param(677, 219, id="one of four, with long descriptions"),
        pytest.param(16_962, 5_682, id="a large schema"),
        pytest.param(5_426, 1_959, id="a call that writes a file of Python"),
    ],
)
def test_tools_are_counted_by_their_size(size: int, real: int) -> None:
    """Within a sixth of a real tokenizer's count."""
    bare = tokens.of_conversation(0, 0, True, Conversation((Turn("user", ""),)))
    loaded = tokens.of_conversation(0, 0, True, Conversation((Turn("user", ""),), extra_bytes=size))
    assert (loaded - bare) == pytest.approx(real, rel=1 / 6)
