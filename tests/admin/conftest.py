"""The admin API on a ledger of its own, asked by one credential of every role."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from router.admin.api.app import build_app
from router.admin.api.context import Context
from router.admin.api.server import AdminServer
from router.admin.api.work import Work
from router.audit.anchors import Anchors
from router.audit.keys import AuditKeys
from router.audit.log import AuditLog
from router.domain.roles import Role
from router.domain.teams import Team
from router.record.credentials import Wanted, create_credential
from router.record.engine import ledger_engine
from router.record.keys import create_key
from router.record.migrate import migrate
from router.settings import Settings
from tests.contract.background import Background
from tests.policy.conftest import Folder

PREFIX = "/admin/v1"


@dataclass
class Api:
    """`tokens` by role; the team lead's team is `acme/search`."""

    app: FastAPI
    client: httpx.Client
    engine: Engine
    settings: Settings
    tokens: dict[Role, str]
    ids: dict[Role, str]

    def ask(self, role: Role | None, method: str, path: str, **options: Any) -> Any:
        """The response to a role, None: to nobody."""
        headers = dict(options.pop("headers", {}))
        if role is not None:
            headers["authorization"] = f"Bearer {self.tokens[role]}"
        return self.client.request(method, PREFIX + path, headers=headers, **options)

    def key(self, team: str = "search", organisation: str = "acme", **changes: Any) -> tuple[str, str]:
        """A key's id and token."""
        row, token = create_key(
            self.engine, organisation=organisation, team=team, project="answers",
            now_us=time.time_ns() // 1000, **changes,
        )  # fmt: skip
        return row.id, token

    def actions(self) -> list[tuple[str, str, str]]:
        """Action, actor and role of every entry of the audit log."""
        found = self.ask(Role.AUDITOR, "GET", "/audit/entries", params={"limit": 100}).json()["data"]
        return [(entry["action"], entry["actor"], entry["role"]) for entry in found]


@pytest.fixture
def api(ledger_url: str, tmp_path: Path) -> Iterator[Api]:
    """Once on SQLite and once on PostgreSQL."""
    yield from _api(ledger_url, tmp_path)


@pytest.fixture
def sqlite_api(sqlite_url: str, tmp_path: Path) -> Iterator[Api]:
    yield from _api(sqlite_url, tmp_path)


def _api(url: str, folder: Path) -> Iterator[Api]:
    engine = ledger_engine(url)
    migrate(engine)
    policies = folder / "policies"
    policies.mkdir()
    Folder(policies)
    settings = Settings(
        data_dir=folder / "data", database_url=url, policy_dir=policies, policy_source="database"
    )
    tokens, ids = {}, {}
    for role in Role:
        teams = (Team("acme", "search"),) if role is Role.TEAM_LEAD else ()
        wanted = Wanted(f"the {role}", "", role, teams)
        made, tokens[role] = create_credential(engine, wanted, 1, lambda *_: None)
        ids[role] = made.id
    audit = AuditLog(AuditKeys((b"k" * 32,), "a test", False), Anchors(folder / "anchors.jsonl"))
    app = build_app(Context(settings, engine, audit, Work()))
    listener = socket.create_server(("127.0.0.1", 0))
    with Background() as background:
        background.enter(_serving(settings, audit, listener))
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=60) as client:
            yield Api(app, client, engine, settings, tokens, ids)
    engine.dispose()


@asynccontextmanager
async def _serving(settings: Settings, audit: AuditLog, listener: socket.socket) -> AsyncIterator[None]:
    """As in a gateway, on a thread of its own."""
    server = AdminServer(settings, audit, listener)
    server.start()
    try:
        yield
    finally:
        await server.stop()
