"""The code's end of a judge's calls: objects that are no plain values stay here and are known by number."""

# ruff: noqa: BLE001 - the code may raise anything, SystemExit and KeyboardInterrupt too; all of it is reported

from __future__ import annotations

import operator
import types

from .candidate import find, load, made_module, said, settled
from .codec import NotPlain, decode, encode
from .pipes import Lines, write_line

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any

_OPERATIONS: dict[str, Any] = {
    **{"__len__": len, "__bool__": bool, "__iter__": iter, "__next__": next},
    **{"__str__": str, "__repr__": repr, "__int__": int, "__float__": float},
}
"""By Python's own functions and not by method: an object without `__bool__` is true all the same."""


def run_remote(source: str, asks: int, replies: int) -> None:
    """Loads the code, then serves a judge that knows it by handles only."""
    module = made_module("reply")
    if load(source, module, replies):
        Served(module).serve(asks, replies)


class Served:
    """Answers requests until the judge hangs up."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module
        self._objects: list[Any] = []

    def serve(self, asks: int, replies: int) -> None:
        lines = Lines(asks)
        while (request := lines.read()) is not None:
            write_line(replies, self._answer(request))

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._do(request)
        except BaseException as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            return {"error": said(error), "kinds": kinds}

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        if "name" in request:
            return self._given(find(self._module, request["name"]))
        target = self._objects[request["target"]]
        if "attribute" in request:
            return self._given(getattr(target, request["attribute"]))
        arguments = [self._taken(item) for item in request["args"]]
        named = {name: self._taken(item) for name, item in request["kwargs"].items()}
        if request["method"] == "isinstance":
            return {"value": isinstance(arguments[0], target)}
        if request["method"] == "()":
            answer = self._given(settled(target(*arguments, **named)))
        else:
            operation = _OPERATIONS.get(request["method"]) or getattr(operator, request["method"])
            answer = self._given(operation(target, *arguments))
        return {**answer, "changed": [self._state(item) for item in arguments]}

    def _taken(self, item: dict[str, Any]) -> Any:
        return self._objects[item["object"]] if "object" in item else decode(item["value"])

    def _given(self, value: Any) -> dict[str, Any]:
        try:
            return {"value": encode(value)}
        except (NotPlain, RecursionError):
            self._objects.append(value)
            raised = isinstance(value, type) and issubclass(value, BaseException)
            kinds = [kind.__name__ for kind in value.__mro__] if raised else []
            return {"object": len(self._objects) - 1, "kinds": kinds}

    @staticmethod
    def _state(argument: Any) -> Any:
        """A list, dict or set argument after the call, which may have changed it."""
        if type(argument) not in (list, dict, set):
            return None
        try:
            return encode(argument)
        except (NotPlain, RecursionError):
            return None
