"""Takes assertions apart, so that expected values stay outside the sandbox where their form allows it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from router.verify.code.suite import Assertions, Calls, Case


def as_calls(tests: Assertions) -> Calls | None:
    """The same tests as function cases, if every one is `assert f(literals) == literal` or a like form."""
    cases: list[Case] = []
    for text in tests.tests:
        try:
            statements = ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        for statement in statements:
            case = _case(statement, tests.names)
            if case is None:
                return None
            cases.append(case)
    return Calls(tuple(cases)) if cases else None


def _case(statement: ast.stmt, names: tuple[str, ...]) -> Case | None:
    if not isinstance(statement, ast.Assert):
        return None
    match statement.test:
        case ast.Compare(ast.Call() as call, [ast.Eq()], [wanted]):
            pass
        case ast.Compare(ast.Call() as call, [ast.Is()], [ast.Constant(True | False | None) as wanted]):
            pass
        case ast.Compare(wanted, [ast.Eq()], [ast.Call() as call]):
            pass
        case _:
            return None
    if not isinstance(call.func, ast.Name) or call.keywords:
        return None
    if hasattr(builtins, call.func.id) and call.func.id not in names:
        return None
    try:
        return Case(call.func.id, tuple(map(ast.literal_eval, call.args)), ast.literal_eval(wanted))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def needed_names(tests: Assertions) -> list[str]:
    """Names that the tests read and do not define: the code should. Of Python's own only those asked for."""
    read: set[str] = set(tests.names)
    for node in _nodes(tests.tests):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not hasattr(builtins, node.id):
            read.add(node.id)
    return sorted(read - _bound(tests.tests))


def _nodes(texts: Iterable[str]) -> Iterable[ast.AST]:
    for text in texts:
        try:
            yield from ast.walk(ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue


def _bound(texts: Iterable[str]) -> set[str]:
    bound: set[str] = set()
    for node in _nodes(texts):
        match node:
            case ast.Name(name, ast.Store()) | ast.arg(name) | ast.FunctionDef(name) | ast.ClassDef(name):
                bound.add(name)
            case ast.alias():
                bound.add((node.asname or node.name).split(".")[0])
            case _:
                pass
    return bound
