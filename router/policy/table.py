"""Rows of text in aligned columns, for terminals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def aligned(head: Sequence[str], rows: Iterable[list[str]]) -> list[str]:
    """One line per row, the head first, without trailing blanks."""
    table = [[*head], *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
