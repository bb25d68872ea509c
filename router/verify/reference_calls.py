"""Tool calls compared with the calls that are right: the same functions, each argument one of its values.

The rules are those of the Berkeley Function-Calling Leaderboard's checker (gorilla, `ast_checker.py`): calls
may come in any order; texts are compared without case, blanks and the marks , . / - _ * ^, single quotes as
double ones; a whole number stands for the same float; an argument that may be left out may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.domain.value import value

_MARKS = re.compile(r"[ ,./\-_*^]")


@value
class RightCall:
    """`arguments` holds the accepted values by name; `optional` are the names that may be left out."""

    name: str
    arguments: Mapping[str, Sequence[Any]]
    optional: frozenset[str]


def read_calls(texts: Sequence[str]) -> tuple[RightCall, ...]:
    """Each text is `{"name", "arguments": {name: [accepted values]}, "optional": [names]}`. Raises
    ValueError."""
    return tuple(map(_read, texts))


def check_reference_calls(message: Mapping[str, Any], wanted: Sequence[RightCall]) -> Finding:
    """The finding on the calls of one choice's message."""
    made = [_called(call) for call in message.get("tool_calls") or ()]
    if len(made) != len(wanted):
        return Finding(Verdict.FAILED, f"{len(made)} call(s) made where {len(wanted)} were right")
    left = list(wanted)
    for name, arguments in made:
        faults = [_fault(name, arguments, right) for right in left]
        if None not in faults:
            told = next((f for f, right in zip(faults, left, strict=True) if right.name == name), faults[0])
            return Finding(Verdict.FAILED, str(told))
        del left[faults.index(None)]
    return Finding(Verdict.PASSED, f"{len(made)} call(s) as the reference has them")


def _read(text: str) -> RightCall:
    try:
        found = orjson.loads(text)
        name, arguments, optional = found["name"], found["arguments"], found.get("optional", [])
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise ValueError(
            'a call is wanted, such as {"name": "f", "arguments": {"x": [1, 2]}, "optional": []}'
        ) from None
    accepted = isinstance(arguments, dict) and all(isinstance(one, list) for one in arguments.values())
    if not isinstance(name, str) or not accepted or not isinstance(optional, list):
        raise ValueError("'arguments' holds a list of accepted values for each name")
    return RightCall(name, arguments, frozenset(map(str, optional)))


def _called(call: Any) -> tuple[str, Any]:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return "", None
    try:
        return str(function.get("name")), orjson.loads(function.get("arguments") or "{}")
    except (orjson.JSONDecodeError, TypeError):
        return str(function.get("name")), None


def _fault(name: str, arguments: Any, right: RightCall) -> str | None:
    """What keeps a call from being the right one; None: nothing."""
    if name != right.name:
        return f"called {name[:60]!r} where {right.name!r} was right"
    if not isinstance(arguments, dict):
        return f"arguments of {name} are no JSON object"
    for key in arguments:
        if key not in right.arguments:
            return f"{name} was given {key[:60]!r}, which it should not be"
    for key, accepted in right.arguments.items():
        if key not in arguments:
            if key not in right.optional:
                return f"{name} was not given {key!r}"
        elif _plain(arguments[key]) not in map(_plain, accepted):
            return f"{key!r} of {name} has another value than those accepted"
    return None


def _plain(given: Any) -> Any:
    """A value in the form in which it is compared."""
    if isinstance(given, str):
        return _MARKS.sub("", given).lower().replace("'", '"')
    if isinstance(given, bool) or given is None:
        return (type(given).__name__, given)  # True is no 1
    if isinstance(given, list):
        return [_plain(one) for one in given]
    if isinstance(given, dict):
        return {key: _plain(one) for key, one in given.items()}
    return given
