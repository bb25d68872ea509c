"""The process that runs code under test. Whatever that code does to this module, it lies only about itself:
what leaves here are plain values, and whether they are right is decided elsewhere.
"""

# ruff: noqa: BLE001 - the code may raise anything, SystemExit and KeyboardInterrupt too; all of it is reported

from __future__ import annotations

import builtins
import io
import sys
import types
from collections.abc import Callable

from .codec import NotPlain, decode, encode
from .pipes import write_line

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any

_TEXT_KEPT = 300


def run_script(source: str) -> None:
    """Runs a whole program as Python does: `__main__`, input on stdin, its exit code is ours."""
    module = made_module("__main__")
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    try:
        exec(compile(source, "program", "exec"), module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        print("Error:", *said(error), file=sys.stderr)
        raise SystemExit(1) from None


def run_calls(source: str, steps: list[Any], channel: int) -> None:
    """Loads the code, then does each step and reports its value on a line."""
    module = made_module("reply")
    if not load(source, module, channel):
        return
    for step in steps:
        example = step.get("example")
        write_line(channel, _example(module, example) if example is not None else _call(module, step))


def made_module(name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module
    sys.argv = [name]
    for exit_name in ("exit", "quit"):  # what the site module would have added
        setattr(builtins, exit_name, sys.exit)
    return module


def load(source: str, module: types.ModuleType, channel: int) -> bool:
    try:
        exec(compile(source, "reply", "exec"), module.__dict__)
    except BaseException as error:
        write_line(channel, {"error": said(error)})
        return False
    write_line(channel, {"loaded": True})
    return True


def find(module: types.ModuleType, name: str) -> Any:
    """A global, or a method of a `Solution` class, as puzzle sites ask for. Raises NameError."""
    if name in module.__dict__:
        return module.__dict__[name]
    solution = module.__dict__.get("Solution")
    if isinstance(solution, type) and hasattr(solution, name):
        return getattr(solution(), name)
    raise NameError(f"name {name!r} is not defined")


def _call(module: types.ModuleType, step: dict[str, Any]) -> dict[str, Any]:
    def body() -> Any:
        arguments = {name: decode(wire) for name, wire in step["kwargs"].items()}
        return settled(find(module, step["call"])(*map(decode, step["args"]), **arguments))

    return attempt(body)


def settled(value: Any) -> Any:
    """What an async function comes to."""
    if isinstance(value, types.CoroutineType):
        import asyncio  # noqa: PLC0415 - slow to import and seldom needed

        return asyncio.run(value)
    return value


def attempt(body: Callable[[], Any]) -> dict[str, Any]:
    """The value of a call as a report, or what it raised."""
    try:
        return {"value": encode(body())}
    except NotPlain as error:
        return {"odd": str(error)}
    except BaseException as error:
        return {"error": said(error)}


def _example(module: types.ModuleType, source: str) -> dict[str, Any]:
    """A doctest example: what it prints, its value's repr included, or what it raises."""
    text = io.StringIO()
    real, sys.stdout = sys.stdout, text
    try:
        exec(compile(source, "example", "single"), module.__dict__)
    except BaseException as error:
        return {"error": said(error), "text": text.getvalue()[: 1 << 20]}
    finally:
        sys.stdout = real
    return {"text": text.getvalue()[: 1 << 20]}


def said(error: BaseException) -> list[str]:
    """An exception's type and text, and the name of what could not be imported."""
    kind = type(error).__name__
    try:
        text = str(error)[:_TEXT_KEPT]
    except BaseException:
        text = ""
    missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
    return [kind, text, missing if isinstance(missing, str) else ""]
