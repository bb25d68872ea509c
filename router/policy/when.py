"""`when:` expressions in CEL: compiled against the types of the facts, tried once, and then a plain test.

An unknown fact is not bound, so an expression that needs it does not hold, as an unknown is in no range of a
match block. The compiler is the CEL project's own (cel-expr-python), loaded when a policy first uses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any

from router.domain.caller import Caller
from router.domain.condition import Condition
from router.domain.facts import Facts, Pin
from router.domain.kinds import Capability, DataClass, Task, Tier

FACTS: Mapping[str, tuple[str, Callable[[Facts], Any], str]] = {
    "organisation": ("string", lambda f: f.caller.organisation, "Organisation of the key."),
    "team": ("string", lambda f: f.caller.team, "Team of the key."),
    "project": ("string", lambda f: f.caller.project, "Project of the key."),
    "key": ("string", lambda f: f.caller.key_id, "Id of the key."),
    "workload": ("string", lambda f: f.workload, "Workload that the app names."),
    "task": ("string", lambda f: f.task, "Kind of work."),
    "data_class": ("string", lambda f: f.data_class, "Data class of the content."),
    "language": ("string", lambda f: f.language, "Language, `und` where not known."),
    "capabilities": ("list(string)", lambda f: sorted(f.capabilities), "What the request needs."),
    "difficulty": ("double", lambda f: f.difficulty, "From 0 to 1."),
    "confidence": ("double", lambda f: f.confidence, "The classifier's, from 0 to 1."),
    "input_tokens": ("int", lambda f: f.input_tokens, "Tokens sent, an estimate."),
    "max_output_tokens": ("int", lambda f: f.max_output_tokens, "The app's own limit."),
    "min_tier": ("string", lambda f: f.min_tier, "Lowest tier that the app accepts."),
    "quality": ("double", lambda f: f.quality, "Quality target that the app asks for."),
    "tags": ("map(string, string)", lambda f: dict(f.tags), "Tags of the request."),
    "pinned": ("bool", lambda f: f.pin.kind != "auto", "The app names a tier or a model."),
    "tool_loop": ("bool", lambda f: f.tool_loop, "The last turn is a tool's result."),
    "hour": ("int", lambda f: f.now.hour, "Hour of the day, UTC."),
    "weekday": ("int", lambda f: f.now.isoweekday(), "1 is Monday, UTC."),
}
"""Every variable: its CEL type, where it comes from, what it is."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACE = re.compile(r"<input>:(\d+):(\d+): (.*)")
_TRIED = Facts(
    Caller("key", "organisation", "team", "project"), Pin("auto"), "workload", Task.MATH, 0.5, 0.5,
    DataClass.INTERNAL, "en", frozenset({Capability.TOOLS}), 1_000, 1_000, Tier.SMALL, 0.5, False,
    datetime(2026, 1, 1, 12, tzinfo=UTC), {},
)  # fmt: skip
_NOT_THERE = "NOT_FOUND"


class BadExpression(ValueError):
    """An expression that cannot be used; the message says what is wrong and at which column."""


def condition(text: str) -> Condition:
    """The test of an expression. Raises BadExpression."""
    environment, cel = _environment()
    try:
        program = environment.compile(text)
    except RuntimeError as error:
        raise BadExpression(_told(str(error))) from None
    if program.return_type() != cel.Type.BOOL:
        raise BadExpression(f"must be true or false; it is of type {program.return_type().name().lower()}")
    names = frozenset(_WORD.findall(text)) & FACTS.keys()
    _try(program, names, cel)
    getters = tuple((name, FACTS[name][1]) for name in sorted(names))

    def holds(facts: Facts) -> bool:
        data = {name: got for name, get in getters if (got := get(facts)) is not None}
        return program.eval(data=data).value() is True

    return Condition(text, names, holds)


@cache
def _environment() -> tuple[Any, Any]:
    try:
        cel = import_module("cel_expr_python.cel")
    except ImportError:
        raise BadExpression("needs the package cel-expr-python, which is not installed") from None
    kinds = {
        "string": cel.Type.STRING,
        "double": cel.Type.DOUBLE,
        "int": cel.Type.INT,
        "bool": cel.Type.BOOL,
        "list(string)": cel.Type.List(cel.Type.STRING),
        "map(string, string)": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    }
    return cel.NewEnv(variables={name: kinds[kind] for name, (kind, *_) in FACTS.items()}), cel


def _try(program: Any, names: frozenset[str], cel: Any) -> None:
    """What no compiler sees, such as a pattern that is none, shows when it runs. A tag that is not there is
    no mistake."""
    found = program.eval(data={name: FACTS[name][1](_TRIED) for name in names})
    if found.type() == cel.Type.ERROR and not str(found.value()).startswith(_NOT_THERE):
        raise BadExpression(f"fails when it is run: {str(found.value()).removeprefix('INVALID_ARGUMENT: ')}")


def _told(error: str) -> str:
    """`column 3: undeclared reference to 'teem'`, all of them, with the names there are."""
    found = [f"column {column}: {message}" for _, column, message in _PLACE.findall(error)]
    text = "; ".join(found) or error
    text = text.replace(" (in container '')", "").replace(" [INVALID_ARGUMENT]", "")
    return f"{text}; facts are {', '.join(FACTS)}" if "undeclared reference" in text else text
