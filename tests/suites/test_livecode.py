"""Tests of code questions: examples in the prompt, files beside the suite, the hub's packed ones."""

from __future__ import annotations

import base64
import json
import os
import pickle
import zlib
from pathlib import Path

import pytest

from router.suites import livecode
from router.suites.item import BadSuite
from router.suites.load import load
from tests.suites.conftest import Write

PROGRAM = (
    "Second largest?\n\nSample Input 1\n\n4\r\n8 2 5 1\n\nSample Output 1\n\n3\r\n\nIt is A_3.\n\n"
    "Sample Input 2\n\n2\n1 2\n\nSample Output 2\n\n1\n"
)
METHOD = (
    'Example 1:\n\nInput: n = 5, words = ["a","b"], on = true\nOutput: [1, 2]\nExplanation: ...\n\n'
    "Example 2:\n\nInput: n = 1, words = [],\non = false\nOutput: null\n\nConstraints:\n"
    "class Solution:\n    def count(self, n: int, words, on) -> int:\n"
)


def test_examples_in_a_prompt() -> None:
    """A program's lines end as the system writes them; a method's arguments keep their order."""
    assert livecode.public(PROGRAM) == {
        "programs": [{"stdin": "4\n8 2 5 1\n", "stdout": "3\n"}, {"stdin": "2\n1 2\n", "stdout": "1\n"}]
    }
    assert livecode.public(METHOD) == {
        "inputs": ['5\n["a", "b"]\ntrue', "1\n[]\nfalse"],
        "outputs": ["[1, 2]", "null"],
        "fn_name": "count",
    }
    assert livecode.public("Write a program.") is None


def test_a_file_of_tests_replaces_the_examples(write: Write, tmp_path: Path) -> None:
    """The note of weaker tests goes with it; a name that leaves the folder is not followed."""
    row = {"question_id": "q", "prompt": PROGRAM, "tests": {"fname": "q.json"}}
    suite = write("code.jsonl", [row, {**row, "question_id": "r", "tests": {"fname": "../q.json"}}])
    notes = [item.note for item in load(str(suite), None, None, None).items]
    assert notes == [livecode.PUBLIC_ONLY] * 2
    (tmp_path / "q.json").write_text(json.dumps({"inputs": ["1"], "outputs": ["2"]}))
    first, second = load(str(suite), None, None, None).items
    assert first.note == "" and first.declared["tests"]["inputs"] == ["1"]
    assert second.note == livecode.PUBLIC_ONLY
    (tmp_path / "q.json").write_text('{"in": []}')
    with pytest.raises(BadSuite, match=r"q\.json: tests are"):
        load(str(suite), None, None, None)


def packed(value: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


class _Trap:
    """Unpickled by the book, it would run a command."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch /tmp/never",)


def test_hidden_tests_of_the_hub_are_unpacked_and_run_nothing(write: Write) -> None:
    """A pickle is read as a text or not at all."""
    case = {"input": "1\n", "output": "2\n", "testtype": "stdin"}
    row = {
        "question_id": "q",
        "question_content": "Add one.",
        "public_test_cases": json.dumps([case]),
        "private_test_cases": packed(json.dumps([{**case, "input": "5\n", "output": "6\n"}])),
        "metadata": "{}",
    }
    (item,) = load(str(write("hub.jsonl", [row])), None, None, None).items
    assert item.declared["tests"]["inputs"] == ["1\n", "5\n"] and item.note == ""
    (public,) = load(str(write("hub.jsonl", [{**row, "private_test_cases": ""}])), None, None, None).items
    assert public.note == livecode.PUBLIC_ONLY
    for bad in (packed(_Trap()), packed([1, 2]), "no base 64!"):
        with pytest.raises(BadSuite, match=r"hub\.jsonl:1: "):
            load(str(write("hub.jsonl", [{**row, "private_test_cases": bad}])), None, None, None)
