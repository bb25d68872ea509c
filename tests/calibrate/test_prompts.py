"""Prompt files: read or refused with file and line; samples spread over tasks."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.calibrate.prompts import BadPrompts, own_suite, read_suite, stratified
from router.domain.kinds import Task
from router.sandbox.prompts import Prompt, load_prompts

SUM: dict[str, Any] = {"task": "math", "prompt": "1 + 1?", "check": {"type": "integer", "value": 2}}
OWN = own_suite().prompts


def write(path: Path, *lines: dict[str, Any]) -> Path:
    file = path / "mine.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    return file


def test_a_line_needs_task_prompt_and_check_only(tmp_path: Path) -> None:
    """The id is the line, the label comes from data_class or metadata, request fields are sent along."""
    labelled = {**SUM, "data_class": "restricted", "max_tokens": 5}
    other = {**SUM, "metadata": {"data_class": "public", "team": "x"}, "id": "third"}
    suite = read_suite(write(tmp_path, SUM, labelled, other))
    one, two, three = suite.prompts
    assert suite.name.startswith("mine ")
    assert (one.id, one.messages, one.metadata) == ("1", ({"role": "user", "content": "1 + 1?"},), {})
    assert (two.metadata, two.body) == ({"data_class": "restricted"}, {"max_tokens": 5})
    assert (three.id, three.metadata) == ("third", {"data_class": "public"})


def test_the_name_says_which_content_was_measured(tmp_path: Path) -> None:
    """Another prompt, another name: figures of both are not taken for the same."""
    first = read_suite(write(tmp_path, SUM)).name
    assert read_suite(write(tmp_path, {**SUM, "prompt": "2 + 0?"})).name != first


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task": "maths"}, ":2: task: Input should be 'math', 'code'"),
        ({"check": {"type": "integer"}}, ":2: check.integer.value: Field required"),
        ({"check": {"type": "vibes"}}, ":2: check: Input tag 'vibes'"),
        ({"check": {"type": "contains"}}, "without one, every answer passes"),
        ({"messages": [{"role": "user", "content": "x"}]}, "needs either prompt or messages"),
        ({"prompt": ""}, ":2: prompt: String should have at least 1 character"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """Before anything is spent."""
    with pytest.raises(BadPrompts) as refused:
        read_suite(write(tmp_path, SUM, {**SUM, **change}))
    assert said in str(refused.value)


def test_ids_given_twice_and_empty_files_are_refused(tmp_path: Path) -> None:
    """A result could not be told from another, and nothing cannot be measured."""
    with pytest.raises(BadPrompts, match="id 'a' is given twice"):
        read_suite(write(tmp_path, {**SUM, "id": "a"}, {**SUM, "id": "a"}))
    with pytest.raises(BadPrompts, match="holds no prompt"):
        read_suite(write(tmp_path))


def test_the_projects_own_prompts_are_a_valid_file(tmp_path: Path) -> None:
    """Form and meaning: read from disk they are those that are used without a file."""
    own = Path(__file__).parents[2] / "router" / "sandbox" / "prompts.jsonl"
    lines = [json.loads(line) for line in own.read_text("utf-8").splitlines()]
    suite = read_suite(write(tmp_path, *(line for line in lines if line.get("check"))))
    assert {p.id: p.messages for p in suite.prompts} == {p.id: p.messages for p in OWN}
    assert len(OWN) == sum(p.check is not None and p.expect == "answer" for p in load_prompts())


def spread(prompts: tuple[Prompt, ...]) -> Counter[Task]:
    return Counter(prompt.task for prompt in prompts)


@given(n=st.integers(1, 200), seed=st.integers(0, 5))
def test_a_sample_is_even_over_tasks_as_far_as_there_are_any(n: int, seed: int) -> None:
    """No task has two fewer than another unless it has no more; nothing is drawn twice."""
    chosen = stratified(OWN, n, seed)
    assert len({prompt.id for prompt in chosen}) == len(chosen) == min(n, len(OWN))
    got, there = spread(chosen), spread(OWN)
    most = max(got.values())
    assert all(got[task] >= min(most - 1, there[task]) for task in there)


@given(n=st.integers(1, 150), seed=st.integers(0, 5))
def test_a_larger_sample_keeps_the_smaller_one(n: int, seed: int) -> None:
    """So that a run can be extended with the results of a shorter one."""
    assert stratified(OWN, n + 20, seed)[:n] == stratified(OWN, n, seed)
