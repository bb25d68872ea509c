"""A real gateway: `tiergate serve` in a process of its own, its log in a file, its ledger read by SQL."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI, AuthenticationError, OpenAI
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from router.domain.kinds import Tier
from router.record.engine import ledger_engine
from router.record.keys import create_key, revoke_key
from router.record.migrate import migrate
from tests.contract.until import until

SERVE = (sys.executable, "-c", "from router.cli import main; main()", "serve")
_PROJECT = Path(__file__).parents[2]

Row = dict[str, Any]


class Gateway:
    """`folder` keeps its data and log; `settings` are TIERGATE_ variables without the prefix."""

    def __init__(self, folder: Path, policy_dir: Path, **settings: str) -> None:
        self.policy_dir = policy_dir
        self.port = free_port()
        self.log_file = folder / "gateway.log"
        self._data = folder / "data"
        self._data.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        url = settings.get("database_url", f"sqlite:///{self._data / 'ledger.sqlite'}")
        self.engine = ledger_engine(url)
        migrate(self.engine)
        self.token = self.new_key()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_file(self) -> Path:
        return self._data / "ledger.sqlite"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def log(self) -> str:
        """What it has logged so far."""
        return self.log_file.read_text(encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """What its process is started with: quick to notice changes, nothing of the tester's own settings."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("TIERGATE_")}
        env |= {
            "PYTHONPATH": str(_PROJECT),
            "TIERGATE_DATA_DIR": str(self._data),
            "TIERGATE_POLICY_DIR": str(self.policy_dir),
            "TIERGATE_PORT": str(self.port),
            "TIERGATE_SHIP_INTERVAL": "0.05",
            "TIERGATE_KEYS_REFRESH": "0.1",
            "TIERGATE_POLICY_REFRESH": "0.1",
        }
        return env | {f"TIERGATE_{name.upper()}": value for name, value in self.settings.items()}

    def start(self, seconds: float = 60) -> None:
        """Starts it and waits until it is ready."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(SERVE, env=self.environment(), stdout=log, stderr=log)
        until(self._is_ready, seconds)

    def stop(self, seconds: float = 30) -> int:
        """SIGTERM; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        """Whatever is left of it ends."""
        if self.process is not None and self.process.poll() is None:
            self.stop()
        self.engine.dispose()

    def new_key(self, tiers: Sequence[Tier] = (), models: Sequence[str] = (), team: str = "tests") -> str:
        """A new key's token, known to the gateway if it runs; empty: everything is allowed."""
        _, token = create_key(
            self.engine,
            organisation="acme",
            team=team,
            project="contract",
            now_us=time.time_ns() // 1000,
            allowed_tiers=tiers,
            allowed_models=models,
            label="",
        )
        if self.process is not None:
            until(lambda: self.knows(token))
        return token

    def knows(self, token: str) -> bool:
        """Whether the key is accepted."""
        with self.client(token) as client:
            try:
                client.models.list()
            except AuthenticationError:
                return False
        return True

    def revoke(self, token: str) -> None:
        """Ends a key."""
        revoke_key(self.engine, token[3:15], time.time_ns() // 1000)

    def client(self, token: str | None = None, **options: Any) -> OpenAI:
        """The official client, without retries unless asked."""
        options = {"max_retries": 0, "timeout": 20.0, **options}
        return OpenAI(base_url=f"{self.origin}/v1", api_key=token or self.token, **options)

    def async_client(self, token: str | None = None, **options: Any) -> AsyncOpenAI:
        """The official client for asyncio, without retries unless asked."""
        options = {"max_retries": 0, "timeout": 20.0, **options}
        return AsyncOpenAI(base_url=f"{self.origin}/v1", api_key=token or self.token, **options)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a GET without a key."""
        try:
            with urllib.request.urlopen(f"{self.origin}{path}", timeout=10) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def ready(self) -> dict[str, Any]:
        """What /readyz says."""
        answer: dict[str, Any] = json.loads(self.get("/readyz")[1])
        return answer

    def query(self, sql: str, **values: Any) -> list[Row]:
        """Rows of the ledger; none while the database is away."""
        try:
            with self.engine.connect() as connection:
                return [dict(row) for row in connection.execute(text(sql), values).mappings()]
        except SQLAlchemyError:
            return []

    def request_row(self, request_id: str) -> Row:
        """The one row of a request, as soon as it is there."""
        sql = "SELECT * FROM requests WHERE id = :id"
        rows = until(lambda: self.query(sql, id=request_id))
        assert len(rows) == 1
        return rows[0]

    def attempt_rows(self, request_id: str) -> list[Row]:
        """The attempts of a request that has its row, in order."""
        self.request_row(request_id)
        return self.query("SELECT * FROM attempts WHERE request_id = :id ORDER BY n", id=request_id)

    def named_row(self, client_request_id: str) -> Row:
        """The one row of the request that was sent with this x-request-id."""
        sql = "SELECT * FROM requests WHERE client_request_id = :id"
        rows = until(lambda: self.query(sql, id=client_request_id))
        assert len(rows) == 1
        return rows[0]

    def _is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the gateway ended with {self.process.returncode}:\n{self.log()}")
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False


@contextmanager
def running_gateway(folder: Path, policy_dir: Path, **settings: str) -> Iterator[Gateway]:
    """A gateway that is up; it is stopped in the end."""
    gateway = Gateway(folder, policy_dir, **settings)
    try:
        gateway.start()
        yield gateway
    finally:
        gateway.close()


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
