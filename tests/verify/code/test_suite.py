"""How tests that come with a request are read."""

from __future__ import annotations

from typing import Any

import pytest

from router.verify.code import Assertions, Calls, Case, ProgramCase, Programs, examples_in, read_tests
from router.verify.code.split import as_calls, needed_names


@pytest.mark.parametrize(
    ("document", "tests"),
    [
        ({"asserts": ["assert f(1) == 1"]}, Assertions(("assert f(1) == 1",))),
        ({"asserts": [], "names": ["sum"]}, Assertions((), ("sum",))),
        (
            {"function": "f", "cases": [{"args": [1, [2]], "expected": None}]},
            Calls((Case("f", (1, [2]), None),), loose=True),
        ),
        ({"programs": [{"stdin": "1", "stdout": "2"}]}, Programs((ProgramCase("1", "2"),))),
        ({"inputs": ["1\n"], "outputs": ["2\n"], "fn_name": None}, Programs((ProgramCase("1\n", "2\n"),))),
        (
            {"inputs": ["[1, 2]\n3"], "outputs": ["true"], "fn_name": "f"},
            Calls((Case("f", ([1, 2], 3), True),), loose=True),
        ),
        ({"inputs": [[1]], "outputs": [2], "fn_name": "f"}, Calls((Case("f", (1,), 2),), loose=True)),
    ],
)
def test_known_shapes(document: dict[str, Any], tests: object) -> None:
    """Assertions, function cases, program cases, and the form of contest sets."""
    assert read_tests(document) == tests


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"asserts": "assert f(1)"},
        {"asserts": [1]},
        {"cases": [{"args": [1]}], "function": "f"},
        {"cases": [{"args": [1], "expected": 1}]},
        {"programs": [{"stdin": 1, "stdout": ""}]},
        {"inputs": ["1"], "outputs": []},
        {"inputs": ["{"], "outputs": ["1"], "fn_name": "f"},
    ],
)
def test_unknown_shapes_are_refused(document: dict[str, Any]) -> None:
    """In words, never half read."""
    with pytest.raises(ValueError, match=r".") as refused:
        read_tests(document)
    assert "Error(" not in str(refused.value)


def test_what_a_document_lacks_is_named() -> None:
    """With the shapes there are."""
    with pytest.raises(ValueError, match=r'tests lack \'inputs\'; known are {"asserts", "names"}'):
        read_tests({})


def test_a_prompt_without_doctests_has_none() -> None:
    """Nor one whose examples want nothing."""
    assert examples_in("Write f.") is None
    assert examples_in(">>> x = 1\n") is None


@pytest.mark.parametrize(
    "text",
    [
        "assert f(2) == [1, {'a': (None, -1)}]",
        "assert 4 == f(2)",
        "assert f('x') is True, 'message'",
        "assert f(1) == 1\nassert f(2) == 4",
    ],
)
def test_simple_assertions_are_taken_apart(text: str) -> None:
    """So that what they expect stays outside."""
    assert as_calls(Assertions((text,))) is not None


@pytest.mark.parametrize(
    "text",
    [
        "assert f(g(1)) == 1",
        "assert f(1) == g(1)",
        "assert f(1) < 2",
        "assert f(1)",
        "assert f(x=1) == 1",
        "assert f(1) == 1 == True",
        "assert len(f(1)) == 1",
        "assert len([1]) == 1",
        "x = f(1)\nassert x == 1",
        "assert f(1) is 1.0",
        "assert f.g(1) == 1",
        "not python",
        "",
    ],
)
def test_others_go_to_a_judge_as_they_are(text: str) -> None:
    """Their meaning is not for us to guess."""
    assert as_calls(Assertions((text,))) is None


def test_needed_names_are_those_that_nobody_else_defines() -> None:
    """Neither the tests, nor Python."""
    text = "import math\nx = f(1)\ndef check(c):\n    for i in c: assert len(i) == math.pi\ncheck(Stack)"
    assert needed_names(Assertions((text,), ("sum",))) == ["Stack", "f", "sum"]
