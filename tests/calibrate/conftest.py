"""A policy folder, and a simulated endpoint in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.policy.conftest import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Models `big` (us, needs a key) and `thinker` (on-premises, simulated)."""
    path = tmp_path / "policies"
    path.mkdir()
    return Folder(path)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """Base URL of `tiergate sandbox --profile reasoning` that serves `stand-in`."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "router.sandbox", "--profile", "reasoning", "--port", "0"),
            *("--speed", "100000", "--model", "stand-in"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/v1", process.stdout.readline())
        assert found is not None
        yield found.group()
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()
