"""Checks accept what is right however it is worded, and refuse the rest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from router.domain.kinds import Task
from router.sandbox.answers import AnswerKey, probability
from router.sandbox.checks import Answer, passes
from router.sandbox.prompts import Prompt, load_prompts
from router.sandbox.wire import Message
from router.verify.code import find_isolation

BLANK = Prompt("x", Task.OTHER, 0.5, (), {}, {}, "auto", False, None, None, (), "answer")


def check(spec: dict[str, Any], text: str, **calls: Any) -> bool | None:
    return passes(replace(BLANK, check=spec), Answer(text, **calls))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Answer: 1234", True),
        ("The answer is 1,234.", True),
        ("We get 7 and then 12. **Answer: 1234**", True),
        (r"so \boxed{1234} is it, see step 2", True),
        ("1234.0", True),
        ("It is 1234", True),
        ("Answer: 1234.5", False),
        ("1234 or maybe 1235", False),
        ("no idea", False),
        ("", False),
    ],
)
def test_integer(text: str, right: bool) -> None:
    """The named, boxed or last number counts."""
    assert check({"type": "integer", "value": 1234}, text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [("negative", True), ("**Negative.**", True), ("negative or neutral", False), ("negatively", False)],
)
def test_choice(text: str, right: bool) -> None:
    """Exactly the right option must be named, as a word."""
    options = ["positive", "neutral", "negative"]
    assert check({"type": "choice", "value": "negative", "options": options}, text) is right


def test_json_schema() -> None:
    """JSON must be valid under the schema and hold the values; a code fence around it is tolerated."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    spec = {"type": "json_schema", "schema": schema, "equals": {"n": 3}}
    assert check(spec, '{"n": 3}') is True
    assert check(spec, '```json\n{"n": 3}\n```') is True
    assert check(spec, '{"n": 4}') is False
    assert check(spec, '{"n": "3"}') is False
    assert check(spec, "n is 3") is False


def test_tool_calls() -> None:
    """All calls in any order pass; a missing, doubled, changed or unparsable one does not."""
    spec = {
        "type": "tool_call",
        "calls": [{"name": "f", "arguments": {"a": 1}}, {"name": "g", "arguments": {}}],
    }
    f, g = ("f", '{"a": 1}'), ("g", "{}")
    assert check(spec, "", tool_calls=(g, f)) is True
    for wrong in ((f,), (f, f), (f, g, g), (("f", '{"a": 2}'), g), (("f", '{"a": '), g), ()):
        assert check(spec, "", tool_calls=wrong) is False


def test_unknown_check_is_an_error() -> None:
    """A misspelt check type is an error, not a pass."""
    with pytest.raises(ValueError, match="unknown check"):
        check({"type": "vibes"}, "x")


def test_python_tests_decide() -> None:
    """A right function passes, a wrong one and one that leaves early fail; without isolation none is run."""
    spec = {"type": "python_tests", "function": "f", "tests": ["assert f(2) == 4", "assert f(-3) == 9"]}
    isolated = find_isolation() is not None
    right = "Sure!\n```python\ndef f(x):\n    return x * x\n```\nDone."
    assert check(spec, right) is (True if isolated else None)
    for wrong in ("def f(x):\n    return x + x", "def f(x):\n    raise SystemExit(0)", "no code"):
        assert check(spec, wrong) is (False if isolated else None)


def test_simulated_quality_follows_difficulty_and_tier() -> None:
    """Over all prompts the easy half is answered better than the hard half, math alike by both tiers."""
    prompts = [p for p in load_prompts() if p.check is not None]
    key = AnswerKey(prompts)

    def share(tier: Any, chosen: list[Prompt]) -> float:
        right = 0
        for prompt in chosen:
            draft = key.draft(prompt, tier, 0)
            calls = tuple((n, json.dumps(a)) for n, a in draft.calls)
            right += bool(passes(prompt, Answer(draft.content, calls)))
        return right / len(chosen)

    for tier in ("frontier", "reasoning"):
        assert 0.8 < share(tier, prompts) < 1.0
    assert share("frontier", prompts) > share("reasoning", prompts)
    assert probability("reasoning", Task.MATH, 0.8) == probability("frontier", Task.MATH, 0.8)
    assert probability("reasoning", Task.KNOWLEDGE, 0.8) < probability("frontier", Task.KNOWLEDGE, 0.8)
    assert probability("frontier", Task.MATH, 0.9) < probability("frontier", Task.MATH, 0.1)


def test_key_finds_a_prompt_by_its_user_turns() -> None:
    """White space and system turns do not matter; another user text is unknown."""
    prompt = next(p for p in load_prompts() if p.id == "turns-01")
    key = AnswerKey([prompt])
    turns = [Message.model_validate(m) for m in prompt.messages]
    spaced = [m.model_copy(update={"content": f"  {m.text()}\n"}) for m in turns]
    assert key.find([Message(role="system", content="hi"), *spaced]) is prompt
    assert key.find([*turns, Message(role="user", content="and then?")]) is None
