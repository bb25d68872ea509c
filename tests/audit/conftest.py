"""A log on a migrated ledger, and a command line with a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from router.audit.anchors import Anchors
from router.audit.entry import Act, Action, Actor
from router.audit.keys import AuditKeys
from router.audit.log import AuditLog
from router.cli import main
from router.record.engine import ledger_engine
from router.record.migrate import migrate

ADA = Actor("ada", "cli ada@desk")
KEYS = AuditKeys((b"k" * 32,), "a test", False)
Run = Callable[..., Result]


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Engine]:
    engine = ledger_engine(ledger_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(KEYS, Anchors(tmp_path / "anchors.jsonl"))


def act(target: str = "k1", **detail: object) -> Act:
    return Act(ADA, Action.KEY_CREATE, target, 1_000_000, detail)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`tiergate ...` on a SQLite ledger in a folder of its own."""

    def command(*arguments: str, **environment: str) -> Result:
        variables = {"TIERGATE_DATA_DIR": str(tmp_path / "data"), **environment}
        unset = {name: None for name in os.environ if name.startswith("TIERGATE_")}
        return CliRunner().invoke(main, arguments, env=unset | variables)

    return command
