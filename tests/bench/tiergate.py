"""Tiergate as a system under measurement, and the count of its ledger afterwards.

It runs with everything on that a deployment has: virtual key, the classifier, the rules and prices that the
project ships, the journal and the SQLite ledger. Only the catalog is changed: models and endpoints stay, but
every endpoint is served by the bench's upstream.
"""

import os
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench.systems import ROOT, UPSTREAM_KEY, Plan

COMMAND = str(Path(sys.executable).with_name("tiergate"))


@dataclass(frozen=True, slots=True)
class LedgerCount:
    """Rows in the ledger beside the answers the load generator counted."""

    answered: int
    requests: int
    attempts: int
    single: int

    def __str__(self) -> str:
        return (
            f"{self.answered:,} answers, {self.requests:,} request rows, {self.attempts:,} attempt rows, "
            f"{self.single:,} requests with status 200 and one attempt"
        )

    @property
    def exact(self) -> bool:
        """One request row and one attempt row for each answer, and no other row."""
        return self.answered == self.requests == self.attempts == self.single


def plan(upstream: str, port: int, folder: Path) -> Plan:
    """Write the policy folder, create the key, and say how to start the gateway."""
    policies, data = folder / "policies", folder / "data"
    _write_policies(policies, upstream)
    env = {
        "TIERGATE_POLICY_DIR": str(policies),
        "TIERGATE_DATA_DIR": str(data),
        "TIERGATE_LOG_LEVEL": "warning",
        "BENCH_UPSTREAM_KEY": UPSTREAM_KEY,
    }
    names = ["--organisation", "bench", "--team", "bench", "--project", "bench", "--quiet"]
    made = subprocess.run(
        [COMMAND, "keys", "create", *names],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    command = [COMMAND, "serve", "--port", str(port)]
    title = "Tiergate, everything on"
    return Plan("tiergate", title, command, f"http://127.0.0.1:{port}/v1", headers, "auto", env)


def _write_policies(folder: Path, upstream: str) -> None:
    folder.mkdir(parents=True)
    shipped = ROOT / "policies"
    for name in ("policy.yaml", "prices.yaml"):
        (folder / name).write_text((shipped / name).read_text())
    catalog = yaml.safe_load((shipped / "catalog.yaml").read_text())
    for model in catalog["spec"]["models"]:
        # A profile's repetition guard reads every answer as a stream, and this upstream paces its streams.
        model.pop("serving_profile", None)
        model["endpoints"] = [_at(upstream, endpoint) for endpoint in model["endpoints"]]
    (folder / "catalog.yaml").write_text(yaml.safe_dump(catalog, sort_keys=False))


def _at(upstream: str, endpoint: dict[str, Any]) -> dict[str, Any]:
    """The endpoint with its identity and residency, served by the bench's upstream and always active."""
    kept = {name: endpoint[name] for name in ("id", "residency", "timeouts")}
    return kept | {
        "wire": "openai",
        "base_url": upstream,
        "upstream_model": "bench-model",
        "api_key_env": "BENCH_UPSTREAM_KEY",
        "context": max(endpoint["context"], 32768),
    }


def catch_up(folder: Path, answered: int, limit_s: float = 120) -> float:
    """Wait until the ledger holds `answered` requests; seconds waited. Gives up silently at the limit:
    the count at the end is what judges."""
    begin = time.monotonic()
    while time.monotonic() - begin < limit_s:
        if _scalar(folder, "SELECT count(*) FROM requests") >= answered:
            break
        time.sleep(0.05)
    return time.monotonic() - begin


def count(folder: Path, answered: int) -> LedgerCount:
    """The ledger's rows after the gateway has ended. Only answers with status 200 count."""
    single = (
        "SELECT count(*) FROM requests r WHERE r.http_status = 200 AND r.attempts = 1 AND 1 = "
        "(SELECT count(*) FROM attempts a WHERE a.request_id = r.id)"
    )
    return LedgerCount(
        answered,
        _scalar(folder, "SELECT count(*) FROM requests"),
        _scalar(folder, "SELECT count(*) FROM attempts"),
        _scalar(folder, single),
    )


def _scalar(folder: Path, query: str) -> int:
    file = folder / "data" / "ledger.sqlite"
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()
