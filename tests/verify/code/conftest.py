"""The walls as a fixture, and what every test here must leave as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.verify.children import children
from tests.verify.code.walls import WALLS, Wall


@pytest.fixture(scope="session", params=WALLS)
def wall(request: pytest.FixtureRequest) -> Iterator[Wall]:
    """A kind of isolation that holds here; the test is skipped, with the reason, where it does not."""
    kind, backend = WALLS[request.param]
    wall = kind(backend)
    try:
        reason = wall.why_not()
        if reason is not None:
            pytest.skip(reason)
        yield wall
    finally:
        wall.close()


@pytest.fixture(autouse=True)
def nothing_left(wall_process_ids: set[int]) -> Iterator[None]:
    """No process or zombie, no mount, no folder and no open file outlives a test."""
    before = _state()
    yield
    assert _state() == before
    assert children() <= wall_process_ids


@pytest.fixture
def wall_process_ids(request: pytest.FixtureRequest) -> set[int]:
    """Processes that serve several tests."""
    if "wall" in request.fixturenames:
        request.getfixturevalue("wall")
    return children()


def _state() -> tuple[str, list[str], int]:
    folders = sorted(p.name for p in Path(tempfile.gettempdir()).glob("tiergate-probe-*"))
    return Path("/proc/self/mountinfo").read_text(), folders, len(list(Path("/proc/self/fd").iterdir()))
