"""Says to SQLite from which side a join is to be made; other databases know it from their statistics.

SQLite guesses sizes. Of requests in an hour and all judges' calls it would read all the calls, for they are
fewer than a quarter of all requests.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class outer(FunctionElement[str]):  # noqa: N801 - read like a function of SQL
    """A column that no index is looked up by: its table is read first, and the other one from there."""

    inherit_cache = True
    name = "outer"
    type = Text()

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)


@compiles(outer)
def _plain(element: outer, compiler: SQLCompiler, **kwargs: Any) -> str:
    [column] = element.clauses
    return compiler.process(column, **kwargs)


@compiles(outer, "sqlite")
def _not_indexed(element: outer, compiler: SQLCompiler, **kwargs: Any) -> str:
    """Unary plus: https://www.sqlite.org/optoverview.html, section 8.1."""
    return f"+{_plain(element, compiler, **kwargs)}"
