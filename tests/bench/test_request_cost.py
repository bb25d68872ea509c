"""The count of byte codes: it sees the whole request, function by function."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_byte_codes_are_counted_by_function() -> None:
    """Both lists come to the same sum, and every stage of a request is in them."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.bench.request_cost", "--shown", "100000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    files, functions = said.split("\n\n")
    total, *by_file = [line.split(maxsplit=1) for line in files.splitlines()]
    by_function = [line.split(maxsplit=1) for line in functions.splitlines()]
    assert total[1] == "byte codes a request" and int(total[0]) > 5_000
    for found in (by_file, by_function):
        assert abs(sum(int(count) for count, _ in found) - int(total[0])) <= len(found)
    names = {name.split()[0] for _, name in by_function}
    assert {"parse_chat", "LearnedClassifier.classify", "decide", "trace_of", "Dispatcher.run"} <= names
    assert {"Bill.end", "Journal.open", "Journal.settle", "respond", "check_signs"} <= names
