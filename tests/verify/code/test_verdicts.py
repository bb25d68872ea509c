"""What honest code, right and wrong, gets as a verdict, and in which words."""

from __future__ import annotations

import pytest

from router.domain.kinds import Verdict
from router.verify.code import (
    Assertions,
    Calls,
    Case,
    CodeTests,
    Limits,
    ProgramCase,
    Programs,
    check_code,
    examples_in,
    find_isolation,
)

PASSED, FAILED, UNVERIFIED = Verdict.PASSED, Verdict.FAILED, Verdict.UNVERIFIED
SQUARE = "def f(x):\n    return x * x"


@pytest.fixture(autouse=True)
def isolated() -> None:
    if find_isolation() is None:
        pytest.skip("no isolation on this machine")


def verdict(reply: str, tests: CodeTests, limits: Limits = Limits()) -> tuple[Verdict, str]:  # noqa: B008
    finding = check_code(reply, tests, limits)
    return finding.verdict, finding.evidence


def asserts(*tests: str, names: tuple[str, ...] = ()) -> Assertions:
    return Assertions(tests, names)


def test_the_failing_test_is_named() -> None:
    """By its number, its call, what was wanted and what came."""
    tests = asserts("assert f(1) == 1", "assert f(2) == 3", "assert f(3) == 9")
    assert verdict(SQUARE, tests) == (FAILED, "test 2 of 3 failed: f(2) == 3, got 4")


def test_passed_says_how() -> None:
    """Compared outside where the form allows it, by a judge where it does not."""
    assert verdict(SQUARE, asserts("assert f(2) == 4"))[1] == (
        "1 function cases hold, values compared outside the sandbox"
    )
    assert verdict(SQUARE, asserts("assert f(2) > 3"))[1] == (
        "1 tests hold, run by a judge apart from the code (1 assertions)"
    )


STACK = """
class Empty(Exception):
    pass
class Stack:
    def __init__(self, items=()):
        self.items = list(items)
    def push(self, item):
        self.items.append(item)
        return self
    def pop(self):
        if not self.items:
            raise Empty("nothing left")
        return self.items.pop()
    def __len__(self):
        return len(self.items)
    def __iter__(self):
        return iter(self.items)
    def __eq__(self, other):
        return self.items == other.items
    def __repr__(self):
        return f"Stack({self.items})"
LIMIT = 10
def clear(items):
    items.clear()
def numbers(n):
    for i in range(n):
        yield i
async def later(x):
    return x
"""
JUDGED = [
    "s = Stack()\ns.push(1).push(2)\nassert s.pop() == 2\nassert len(s) == 1",
    "assert list(Stack([1, 2])) == [1, 2] and str(Stack([1])) == 'Stack([1])'",
    "assert Stack([1]) == Stack([1])\nassert Stack([1]) != Stack([2])",
    "try:\n    Stack().pop()\n    assert 0\nexcept Empty as error:\n    assert str(error) == 'nothing left'",
    "assert isinstance(Stack(), Stack) and not isinstance(3, Stack)",
    "assert LIMIT == 10 and Stack([3]).items == [3]",
    "x = [1, 2]\nclear(x)\nassert x == []",
    "assert list(numbers(3)) == [0, 1, 2] and sum(numbers(4)) == 6",
    "assert later(3) == 3",
    "def test_it():\n    assert numbers is not None and len(list(numbers(2))) == 2",
    "def check(candidate):\n    assert list(candidate(1)) == [0]\ncheck(numbers)",
    "import math\nassert math.isclose(LIMIT + 0.0, later(10.0))",
    "assert max(Stack([1, 5]), key=lambda item: -item) == 1",
]


@pytest.mark.parametrize("test", JUDGED)
def test_a_judge_knows_the_code_as_python_would(test: str) -> None:
    """Classes, exceptions, changed arguments, generators and async functions, from another process."""
    assert verdict(STACK, asserts(test))[0] is PASSED, verdict(STACK, asserts(test))


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("assert Stack([1]) == [1]", FAILED),
        ("assert [1] != Stack([1])", UNVERIFIED),
        ("assert Stack([1]) + [1]", UNVERIFIED),
        ("assert {Stack()}", UNVERIFIED),
        ("assert list(map(str, numbers(2))) == ['0', '2']", FAILED),
        ("assert missing(1) == 1", FAILED),
        ("assert Stack().pop() == 1", FAILED),
        ("Stack()", UNVERIFIED),
        ("assert True", UNVERIFIED),
        ("assert later(lambda: 1)", UNVERIFIED),
        ("import pytest\nassert later(1) == 1", UNVERIFIED),
        ("this is no python", FAILED),
    ],
)
def test_a_judge_does_not_guess(test: str, expected: Verdict) -> None:
    """What the code itself would decide, or what was never asked of it, is unverified."""
    assert verdict(STACK, asserts(test))[0] is expected, verdict(STACK, asserts(test))


@pytest.mark.parametrize(
    "value",
    ["{'a': [1, (2, 3)], 2: {4}}", "1.5", "10 ** 40", "-(10 ** 40)", "'é\\ud800'", "b'\\xff'", "None", "1j"],
)
def test_plain_values_survive_the_way(value: str) -> None:
    """Also the unusual ones, compared as Python compares."""
    assert verdict(f"def f():\n    return {value}", asserts(f"assert f() == {value}"))[0] is PASSED


@pytest.mark.parametrize(
    ("returned", "expected", "right"),
    [
        ("(1, 2)", [1, 2], False),
        ("True", 1, True),
        ("2.0", 2, True),
        ("[1, 2]", [2, 1], False),
        ("{2, 1}", {1, 2}, True),
        ("{1: 2, 3: 4}", {1: 2}, False),
        ("float('nan')", 1.0, False),
        ("__import__('collections').Counter('aa')", {"a": 2}, True),
        ("__import__('decimal').Decimal('sNaN')", 1, False),
        ("object()", 1, False),
        ("iter([1])", [1], False),
    ],
)
def test_values_are_compared_as_python_does(returned: str, expected: object, right: bool) -> None:
    """A tuple is no list, true is one, and an object is nothing that was asked for."""
    found = verdict(f"def f():\n    return {returned}", Calls((Case("f", (), expected),)))
    assert found[0] is (PASSED if right else FAILED), found


def test_values_of_json_may_be_tuples() -> None:
    """JSON has no tuples, so neither has an expected value from it."""
    case = (Case("f", (), [[1, 2]]),)
    assert verdict("def f():\n    return [(1, 2)]", Calls(case, loose=True))[0] is PASSED


def test_a_method_of_a_solution_class_is_found() -> None:
    """The form that puzzle sites ask for."""
    code = "class Solution:\n    def twice(self, x: int) -> int:\n        return 2 * x"
    assert verdict(code, Calls((Case("twice", (4,), 8),)))[0] is PASSED


PROGRAMS = {
    "input": ("n = int(input())\nprint(n * 2)", PASSED),
    "sys.stdin": ("import sys\nfor line in sys.stdin:\n    print(int(line) * 2)", PASSED),
    "read at once": ("print(int(open(0).read()) * 2)", PASSED),
    "bytes": ("import sys\nsys.stdout.buffer.write(b'%d' % (int(sys.stdin.buffer.readline()) * 2))", PASSED),
    "thread": ("import threading\nthreading.Thread(target=lambda: print(int(input()) * 2)).start()", PASSED),
    "main": ("def main():\n    print(int(input()) * 2)\n\nif __name__ == '__main__':\n    main()", PASSED),
    "exit": ("print(int(input()) * 2)\nexit()", PASSED),
    "exit 0": ("import sys\nprint(int(input()) * 2)\nsys.exit(0)", PASSED),
    "deep recursion": (
        "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(2**26)\n"
        "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\n"
        "def main():\n    print(int(input()) * 2 + f(20000) - 20000)\n"
        "t = threading.Thread(target=main)\nt.start()\nt.join()",
        PASSED,
    ),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nprint(P(int(input())).x * 2)",
        PASSED,
    ),
    "wrong": ("print(int(input()) * 3)", FAILED),
    "silent": ("int(input())", FAILED),
    "right, then an error": ("print(int(input()) * 2)\n1 / 0", FAILED),
    "right, then exit 3": ("import sys\nprint(int(input()) * 2)\nsys.exit(3)", FAILED),
    "numpy": ("import numpy\nprint(int(input()) * 2)", UNVERIFIED),
    "no module": ("import sys.nothing\nprint(int(input()) * 2)", FAILED),
}


@pytest.mark.parametrize(("source", "expected"), PROGRAMS.values(), ids=PROGRAMS)
def test_programs_run_as_from_a_shell(source: str, expected: Verdict) -> None:
    """Input, output, threads, exit codes and `__main__` are as usual."""
    tests = Programs((ProgramCase("4\n", "8\n"), ProgramCase("10\n", "20")))
    found = verdict(f"Here:\n```python\n{source}\n```\n", tests)
    assert found[0] is expected, found


def test_the_failing_program_case_is_named() -> None:
    """With input, output and what was wanted."""
    tests = Programs((ProgramCase("0", "0"), ProgramCase("4", "8")))
    assert verdict("print(int(input()) * 3)", tests)[1] == (
        "test 2 of 2: failed: for '4' it printed '12', not '8'"
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(x):\n    return x / 0", "ZeroDivisionError"),
        ("def f(x):\n    while True: pass", "1 s of processor time"),
        ("import time\ndef f(x):\n    time.sleep(9)", "longer than 1.5 s"),
        ("def f(x):\n    return 'x' * 10**10", "MemoryError"),
        ("import os\ndef f(x):\n    os.kill(os.getpid(), 9)", "SIGKILL"),
        ("def f(x):\n    print('x' * 10**7)", "wrote more than"),
        ("def g(x):\n    return x", "'f' is not defined"),
        ("def f(x:\n    return x", "no Python code"),
        ("I am sorry, but no.", "no Python code"),
        ("raise ValueError('at the start')", "did not load: ValueError: at the start"),
        ("def f(x):\n    return object()", "an object of type object"),
    ],
)
def test_what_went_wrong_is_said(source: str, words: str) -> None:
    """Errors, limits and silence, each by its name."""
    limits = Limits(cpu_s=1, wall_s=1.5 if "sleep" in source else 20.0)
    found = verdict(source, asserts("assert f(2) == 4"), limits)
    assert found[0] is FAILED and words in found[1], found


PROMPT = '''Write `double`.

```python
def double(x):
    """
    >>> double(2)
    4
    >>> double("a")
    'aa'
    >>> print(double(1))
    2
    >>> double(None)
    Traceback (most recent call last):
    TypeError: unsupported
    """
```
'''


def test_doctests_of_a_prompt_are_run() -> None:
    """What is printed is compared, and the kind of error that is raised."""
    tests = examples_in(PROMPT)
    assert tests is not None and len(tests.examples) == 4
    assert verdict("def double(x):\n    return x * 2", tests)[0] is PASSED
    found = verdict("def double(x):\n    return x + 2", tests)
    assert found[0] is FAILED and "double('a')" in found[1].replace('"', "'"), found


def test_no_tests_prove_nothing() -> None:
    """An empty list of tests never passes anything."""
    for tests in (asserts(), Calls(()), Programs(())):
        assert verdict(SQUARE, tests)[0] is UNVERIFIED


def test_python_s_own_names_are_the_code_s_only_when_asked_for() -> None:
    """`sum` in a test is Python's own, unless the caller says that the code is to define it."""
    wrong = "def sum(items):\n    return 0\ndef f(x):\n    return [x]"
    assert verdict(wrong, asserts("assert sum(f(3)) == 3"))[0] is PASSED
    assert verdict(wrong, asserts("assert sum([3]) == 3", names=("sum",)))[0] is FAILED
    assert verdict(wrong, asserts("assert sum([3]) > 2", names=("sum",)))[0] is FAILED
