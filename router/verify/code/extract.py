"""The Python code in a reply: the last fenced block that defines what the tests need, or the whole reply."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import Final

_BLOCK: Final = re.compile(
    r"^[ \t]*(?P<fence>```+|~~~+)[ \t]*(?P<language>[\w+.-]*)[^\n]*\n(?P<code>.*?)(?:^[ \t]*(?P=fence)|\Z)",
    re.DOTALL | re.MULTILINE,
)
_TIGHT: Final = re.compile(
    r"^[ \t]*(?P<fence>```+|~~~+)[ \t]*(?P<language>[\w+.-]*)[^\n]*\n(?P<code>.*?)(?P=fence)",
    re.DOTALL | re.MULTILINE,
)
"""A fence may be closed at the end of a line. This cuts code that has a fence in a text of its own."""
_PYTHON: Final = ("", "python", "python3", "py")
MAX_SOURCE: Final = 200_000
"""Longer code is not parsed: parsing holds the interpreter for as long as it takes."""


def code_in(reply: str, needed: Collection[str]) -> str | None:
    """The code, or None when the reply has none that parses.

    When no block alone defines all that is needed, all blocks together may.
    """
    if len(reply) > MAX_SOURCE:
        return None
    parsed = _choices(reply, _BLOCK) or _choices(reply, _TIGHT)
    for source, tree in parsed:
        if set(needed) <= set(defined(tree)):
            return source
    return parsed[0][0] if parsed else None


def _choices(reply: str, pattern: re.Pattern[str]) -> list[tuple[str, ast.Module]]:
    blocks = [m["code"] for m in pattern.finditer(reply) if m["language"].lower() in _PYTHON]
    together = ["\n".join(blocks)] if len(blocks) > 1 else []
    choices = [*reversed(blocks), *together] if blocks else [reply]
    return [(source, tree) for source in choices if (tree := _parsed(source)) is not None]


def _parsed(source: str) -> ast.Module | None:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if tree.body else None


def defined(tree: ast.Module) -> Iterator[str]:
    """Names that a module's top level defines, and those of methods of a `Solution` class."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
            if isinstance(node, ast.ClassDef) and node.name == "Solution":
                yield from defined(ast.Module(node.body, []))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
