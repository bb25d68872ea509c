"""Runs a reply's Python function against a prompt's tests.

This is no security sandbox. It is used on the demo's own prompts only. Three things keep an honest but
clumsy model from doing harm: the code may only define functions and import from a short list of pure
modules (checked on its syntax tree, dunder names and file or code functions refused), it runs in its own
interpreter (`python -I -S`) with an empty environment in an empty folder, and CPU time, memory, file size
and open files are limited.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Final

_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_MODULES: Final = frozenset(
    {"bisect", "collections", "datetime", "decimal", "fractions", "functools", "heapq", "itertools", "math"}
    | {"operator", "re", "string", "typing", "__future__"}
)
_REFUSED: Final = frozenset(
    {"open", "exec", "eval", "compile", "input", "breakpoint", "globals", "locals", "vars", "getattr"}
    | {"setattr", "delattr", "memoryview", "exit", "quit", "help"}
)
_PASSED: Final = "all tests passed"
_RUNNER: Final = """
import resource, sys
cpu = int(sys.argv[1])
limits = {"CPU": cpu, "AS": 512 * 1024 * 1024, "FSIZE": 0, "CORE": 0, "NOFILE": 64}
for name, value in limits.items():
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))
program = compile(sys.stdin.read(), "reply", "exec")
exec(program, {"__name__": "reply"})
"""
"""Sets its own limits before it runs the program it reads; a hook between fork and exec could deadlock,
because checks run in threads."""


def run_python_tests(
    reply: str, function: str, parameters: Sequence[str], tests: Sequence[str], cpu_s: int = 5
) -> bool:
    """Whether the reply defines `function(parameters...)` and all tests (assert statements) hold.

    `cpu_s` limits the processor time in seconds; twice that is the limit by the clock.
    """
    source = extract_code(reply)
    if not admissible(source, function, parameters):
        return False
    program = "\n".join([source, *tests, f"print({_PASSED!r})"])
    with tempfile.TemporaryDirectory(prefix="tiergate-check-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", _RUNNER, str(cpu_s)],
                input=program.encode(),
                cwd=folder,
                env={},
                capture_output=True,
                timeout=cpu_s * 2,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0 and done.stdout.endswith(f"{_PASSED}\n".encode())


def extract_code(reply: str) -> str:
    """The first fenced Python block, or the whole reply when there is none."""
    found = _BLOCK.search(reply)
    return found.group(1) if found else reply


def admissible(source: str, function: str, parameters: Sequence[str]) -> bool:
    """Whether the code defines the function with exactly these parameters and uses nothing refused."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    if not all(_top_level_ok(node) for node in tree.body):
        return False
    if not all(_node_ok(node) for node in ast.walk(tree)):
        return False
    defined = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function]
    return len(defined) == 1 and [a.arg for a in defined[0].args.args] == list(parameters)


def _top_level_ok(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(
        node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign
    )


def _node_ok(node: ast.AST) -> bool:
    match node:
        case ast.Import():
            return all(alias.name.split(".")[0] in _MODULES for alias in node.names)
        case ast.ImportFrom():
            return (node.module or "").split(".")[0] in _MODULES
        case ast.Attribute():
            return not node.attr.startswith("__")
        case ast.Name():
            return node.id not in _REFUSED and not node.id.startswith("__")
        case _:
            return True
