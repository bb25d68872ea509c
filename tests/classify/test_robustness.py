"""Whatever the text, an answer in range; and no pattern that could take more than linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.classify import features, labels, lexicon, markers, text
from router.classify.heuristic import HeuristicClassifier, explain
from router.classify.port import Conversation, Turn
from tests.classify.cases import user

_TURNS = st.builds(
    Turn,
    st.sampled_from(["system", "user", "assistant", "tool", "developer", ""]),
    st.one_of(
        st.text(st.characters(), max_size=300),
        st.text("0-4 DE$\\[]{}()\n\tsk_eyJAKIAB.:=一가あ", max_size=300),
    ),
)
_CONVERSATIONS = st.builds(
    Conversation,
    st.lists(_TURNS, max_size=6).map(tuple),
    tools=st.integers(0, 200),
    tool_turns=st.integers(0, 50),
    response_format=st.sampled_from(["text", "json_object", "json_schema"]),
    images=st.integers(0, 20),
    audio=st.integers(0, 3),
    max_tokens=st.none() | st.integers(1, 10**6),
)


@given(_CONVERSATIONS)
@settings(max_examples=300, deadline=None)
def test_any_conversation_gets_signals_in_range(conversation: Conversation) -> None:
    """Lone surrogates, control characters, odd roles and symbols: no error, and every figure in its range."""
    signals = HeuristicClassifier().classify(conversation)
    assert 0.0 <= signals.difficulty <= 1.0
    assert 0.0 <= signals.confidence <= 1.0
    assert signals.input_tokens >= 0
    assert 2 <= len(signals.language) <= 3
    assert HeuristicClassifier().classify(conversation) == signals
    assert explain(conversation)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "\n",
        "-",
        "_",
        "0",
        "0 ",
        "AA00",
        "$a",
        "[C",
        "eyJ",
        "sk-",
        "\nCONF",
        "4111 ",
        "一",
        "\ud800",
        "K",
        "(\n",
    ],
)
def test_five_megabytes_of_anything_get_an_answer(unit: str) -> None:
    """Text made to provoke the patterns, 5 MB of it, is still classified."""
    signals = HeuristicClassifier().classify(user(unit * (5_000_000 // len(unit))))
    assert signals.input_tokens > 50_000


def _patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    modules: tuple[ModuleType, ...] = (features, labels, lexicon, markers, text)
    for module in modules:
        for name, value in vars(module).items():
            values = value.values() if isinstance(value, dict) else [value]
            yield from ((f"{module.__name__}.{name}", v) for v in values if isinstance(v, re.Pattern))


def _steps(parsed: Any) -> float:
    """How many ways one attempt can try a parsed pattern at most: infinite for an open-ended repeat."""
    ways = 1.0
    for op, argument in parsed:
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            _, most, body = argument
            ways *= float("inf") if most is ops.MAXREPEAT else (most + 1) * _steps(body)
        elif op is ops.BRANCH:
            ways *= sum(_steps(branch) for branch in argument[1])
        elif op is ops.SUBPATTERN:
            ways *= _steps(argument[-1])
        elif op in (ops.ASSERT, ops.ASSERT_NOT):
            ways *= _steps(argument[1])
    return ways


@pytest.mark.parametrize(("name", "pattern"), list(_patterns()))
def test_every_pattern_is_linear(name: str, pattern: re.Pattern[Any]) -> None:
    """No pattern has an open-ended repeat beside anything else; one attempt's work is bounded."""
    parsed = parser.parse(
        pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    )
    single_class = len(parsed) == 1 and parsed[0][0] is ops.MAX_REPEAT and parsed[0][1][2][0][0] is ops.IN
    assert single_class or _steps(parsed) < 100_000, name
