"""Runs the caller's assertions, unchanged, against code that lives in another process.

Nothing of the code runs here, so it cannot touch the assertions, their frames or the report. `passed` needs
at least one assertion that was evaluated and one call of the code.
"""

# ruff: noqa: BLE001 - the code may raise anything, SystemExit and KeyboardInterrupt too; all of it is reported

from __future__ import annotations

import types

from .candidate import said
from .link import Ended, Link, Unjudgeable
from .pipes import write_line
from .proxies import Proxy

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any

_COUNT = "__assertion_evaluated__"


def run(secret: dict[str, Any], replies: int, asks: int, channel: int) -> None:
    """`secret` has the tests (texts) and the names in them that the code should define."""
    link = Link(replies, asks, Proxy)
    try:
        loaded = link.load()
        if "error" in loaded:
            write_line(channel, {"error": loaded["error"]})
            return
        namespace = _namespace(link, secret["names"])
    except Ended:
        write_line(channel, {"ended": True})
        return
    counted = [0]

    def count() -> None:
        counted[0] += 1

    namespace[_COUNT] = count
    for text in secret["tests"]:
        counted[0], link.calls = 0, 0
        report = _run(text, namespace)
        if link.trouble is not None:
            report = _troubled(link.trouble)
        write_line(channel, {**report, "assertions": counted[0], "calls": link.calls})
        if report:
            return


def _namespace(link: Link, names: list[str]) -> dict[str, Any]:
    module = types.ModuleType("tests")
    for name in names:
        reply = link.ask(name=name)
        if "error" not in reply:
            module.__dict__[name] = link.value(reply)
    return module.__dict__


def _run(text: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """An empty report when the test holds."""
    before = set(namespace)
    try:
        exec(_counting(text), namespace)
        for name in [n for n in namespace if n.startswith("test") and n not in before]:
            if isinstance(namespace[name], types.FunctionType):
                namespace[name]()
    except (Unjudgeable, Ended) as error:
        return _troubled(error)
    except BaseException as error:
        return {"error": said(error)}
    return {}


def _troubled(trouble: Unjudgeable | Ended) -> dict[str, Any]:
    return {"ended": True} if isinstance(trouble, Ended) else {"unjudgeable": str(trouble)}


def _counting(text: str) -> Any:
    """The test, with a count of assertions evaluated: a test that asserts nothing proves nothing."""
    import ast  # noqa: PLC0415 - only judges need it, and not at the start

    class Counter(ast.NodeTransformer):
        def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
            call = ast.Call(ast.Name(_COUNT, ast.Load()), [], [])
            return [ast.copy_location(ast.Expr(call), node), node]

    return compile(ast.fix_missing_locations(Counter().visit(ast.parse(text))), "tests", "exec")
