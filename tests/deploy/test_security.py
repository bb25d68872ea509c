"""The threat model names a test for each of its lines, and every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy" / "SECURITY.md").read_text()
ROWS = [
    line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| threat", "| ---"))
]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split(" | ")[0].strip("| "))
def test_every_line_is_shown_or_left_to_the_deployment(row: str) -> None:
    """By at least one test."""
    cells = row.strip("| ").split(" | ")
    assert len(cells) == 3, "threat | what stands against it | shown by"
    assert re.search(r"`tests/[\w/]+\.py::\w+`", cells[2]) or cells[2] == "the deployment's"


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_test_named_is_there(file: str, name: str) -> None:
    """In its file, under its name."""
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(), re.M), f"{file}::{name}"
