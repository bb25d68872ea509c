"""The kinds of tests that may come with a request, and how they are read from what a caller sends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from router.domain.value import value

_FENCE = re.compile(r"^\s*(```.*|\"\"\"|''')\s*$", re.MULTILINE)


@value
class Case:
    """One call of a function and the value that it must return."""

    call: str
    args: tuple[Any, ...]
    expected: Any


@value
class Calls:
    """Function cases, compared by value outside the sandbox.

    `loose` takes a tuple for a list, at any depth: for expected values that come from JSON.
    """

    cases: tuple[Case, ...]
    loose: bool = False


@value
class ProgramCase:
    """What a whole program reads, and what it must print."""

    stdin: str
    stdout: str


@value
class Programs:
    """Cases of a program, compared line by line outside the sandbox; numbers by value within `tolerance`."""

    cases: tuple[ProgramCase, ...]
    tolerance: float = 0.0


@value
class Assertions:
    """Python texts with assert statements.

    `names` are what the code must define. Needed only for a name that is also Python's own, such as `sum`:
    otherwise the tests mean Python's own.
    """

    tests: tuple[str, ...]
    names: tuple[str, ...] = ()


@value
class Example:
    """A doctest example."""

    source: str
    want: str


@value
class Examples:
    """Doctest examples; what they print is compared outside the sandbox."""

    examples: tuple[Example, ...]


_SHAPES = (
    'known are {"asserts", "names"}, {"function", "cases": [{"args", "expected"}]}, '
    '{"programs": [{"stdin", "stdout"}]} and {"inputs", "outputs", "fn_name"}'
)
CodeTests = Calls | Programs | Assertions | Examples


def read_tests(document: Mapping[str, Any]) -> CodeTests:
    """Reads tests as a caller sends them. Raises ValueError, in words, for anything else.

    Shapes: `{"asserts": [text], "names": [name]}`; `{"function": name, "cases": [{"args": [...],
    "expected": ...}]}`; `{"programs": [{"stdin": text, "stdout": text}]}`; and that of LiveCodeBench and
    APPS, `{"inputs": [...], "outputs": [...], "fn_name": name or null}`.
    """
    try:
        if "asserts" in document:
            return Assertions(_texts(document["asserts"]), _texts(document.get("names") or ()))
        if "cases" in document:
            name = _text(document["function"])
            return Calls(tuple(Case(name, tuple(c["args"]), c["expected"]) for c in document["cases"]), True)
        if "programs" in document:
            cases = (ProgramCase(_text(c["stdin"]), _text(c["stdout"])) for c in document["programs"])
            return Programs(tuple(cases), float(document.get("tolerance") or 0))
        return _contest(document)
    except KeyError as error:
        raise ValueError(f"tests lack {error}; {_SHAPES}") from error
    except (TypeError, AttributeError) as error:
        raise ValueError(f"tests are not of a known shape: {error}; {_SHAPES}") from error


def _contest(document: Mapping[str, Any]) -> CodeTests:
    pairs = list(zip(document["inputs"], document["outputs"], strict=True))
    name = document.get("fn_name")
    if not name:
        return Programs(tuple(ProgramCase(_text(given), _text(wanted)) for given, wanted in pairs))
    return Calls(
        tuple(Case(_text(name), _arguments(given), _answer(wanted)) for given, wanted in pairs), True
    )


def _arguments(given: Any) -> tuple[Any, ...]:
    """A list of arguments, or a text with one JSON value on each line."""
    return tuple(map(json.loads, given.splitlines())) if isinstance(given, str) else tuple(given)


def _answer(wanted: Any) -> Any:
    return json.loads(wanted) if isinstance(wanted, str) else wanted


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError(f"{given!r} is no text")
    return given


def _texts(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        raise TypeError("a list of texts is wanted, not one text")
    return tuple(map(_text, given))


def examples_in(prompt: str) -> Examples | None:
    """The doctest examples in a prompt, or None."""
    if ">>>" not in prompt:
        return None
    from doctest import DocTestParser  # noqa: PLC0415 - it loads a debugger and a test framework

    try:
        found = DocTestParser().get_examples(_FENCE.sub("", prompt))
    except ValueError:  # examples whose indentation is inconsistent
        return None
    return Examples(tuple(Example(e.source, e.want) for e in found)) if any(e.want for e in found) else None
