"""Solutions, right and broken, with their truth, and the tests a caller would send: for `code_checks`."""

from __future__ import annotations

import copy
import inspect
import json
import os
import random
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from router.verify.code import (
    Assertions,
    Calls,
    Case,
    CodeTests,
    Example,
    Examples,
    ProgramCase,
    Programs,
)
from tests.bench import code_solutions, code_solutions_again
from tests.bench.code_mutants import mutants
from tests.bench.code_problems import Arguments, Problem

VISIBLE, HIDDEN, MUTANTS = 4, 150, 24
MAIN = "import json, sys\nprint(json.dumps({name}(*map(json.loads, sys.stdin)), sort_keys=True))\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """A solution with its truth: on the visible tests, and on all arguments."""

    problem: Problem
    kind: str
    source: str
    visible_ok: bool
    hidden_ok: bool


def cases(problem: Problem) -> list[tuple[Arguments, Any]]:
    """Edges and some more arguments with the right values, from the first solution."""
    chosen = random.Random(problem.name)
    arguments = [*problem.edges, *(problem.draw(chosen) for _ in range(VISIBLE))]
    right = getattr(code_solutions, problem.name)
    return [(given, right(*copy.deepcopy(given))) for given in arguments]


def tests_of(problem: Problem, form: str) -> CodeTests:
    found, name = cases(problem), problem.name
    shown = [(f"{name}({', '.join(map(repr, given))})", given, value) for given, value in found]
    if form == "calls":
        return Calls(tuple(Case(name, given, value) for _, given, value in shown))
    if form == "assertions":
        return Assertions(tuple(f"assert {call} == {value!r}" for call, _, value in shown))
    if form == "judged":
        judged = "x = {}\nassert x == {!r} and type(x) is {}"
        return Assertions(tuple(judged.format(call, value, _type(value)) for call, _, value in shown))
    if form == "doctest":
        return Examples(tuple(Example(f"{call} == {value!r}\n", "True\n") for call, _, value in shown))
    lines = (("\n".join(map(json.dumps, given)), json.dumps(value, sort_keys=True)) for given, value in found)
    return Programs(tuple(ProgramCase(given, value) for given, value in lines))


def _type(value: Any) -> str:
    return "type(None)" if value is None else type(value).__name__


def _function(name: str, source: str) -> Callable[..., Any]:
    space: dict[str, Any] = {}
    exec(source, space)
    found: Callable[..., Any] = space[name]
    return found


def samples_of(problem: Problem) -> Iterator[Sample]:
    right = inspect.getsource(getattr(code_solutions, problem.name))
    chosen = random.Random(f"mutants of {problem.name}")
    other = inspect.getsource(getattr(code_solutions_again, problem.name))
    for kind, source in (("first", right), ("second", other)) * 4:
        visible, hidden = _truth(problem, source)
        assert visible and hidden, (problem.name, kind)
        yield Sample(problem, kind, source, True, True)
    found = list(mutants(right))
    chosen.shuffle(found)
    for kind, source in found[:MUTANTS]:
        visible, hidden = _truth(problem, source)
        if not hidden:
            yield Sample(problem, kind, source, visible, False)


def _truth(problem: Problem, source: str) -> tuple[bool, bool]:
    """Whether it is right on the visible tests, and on all. Our own mutants: a limited child is enough."""
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(_judge(problem, source))
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return code in (1, 3), code == 3


def _judge(problem: Problem, source: str) -> int:
    """1: right on the visible tests; 3: on the hidden ones too; 4: neither."""
    chosen = random.Random(f"hidden {problem.name}")
    reference = getattr(code_solutions, problem.name)
    try:
        function = _function(problem.name, source)
        if not all(_same(function(*copy.deepcopy(given)), value) for given, value in cases(problem)):
            return 4
        hidden = [problem.draw(chosen) for _ in range(HIDDEN)]
        return 3 if all(_same(function(*copy.deepcopy(given)), reference(*given)) for given in hidden) else 1
    except Exception:  # noqa: BLE001 - whatever a mutant raises, it is wrong
        return 4


def _same(one: Any, other: Any) -> bool:
    """Equal, and equal as text: True for 1 would print otherwise."""
    return bool(one == other) and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def dressed(sample: Sample, form: str, number: int) -> str:
    """The solution as a reply: with talk around it, a second block, or bare."""
    source = sample.source + (MAIN.format(name=sample.problem.name) if form == "program" else "")
    return (
        source,
        f"Here is the code:\n\n```python\n{source}```\n\nIt takes O(n).",
        f"First try:\n```python\ndef other():\n    pass\n```\nBetter:\n```python\n{source}```",
    )[number % 3]
