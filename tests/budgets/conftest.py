"""A Valkey for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.budgets.server import Valkey, valkey_server


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A real server; it may hold what an earlier test left."""
    with valkey_server() as server:
        yield server
