"""What the gauges say about the ledger while nobody knows."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

from router.clock import SystemClock
from router.dispatch.gates import Gates
from router.health import GatewayHealth
from router.policy.folder import FolderFiles
from router.policy.reload import PolicySource
from router.record.engine import ledger_engine
from router.record.journal import Journal
from router.record.keyring import KeyRing
from router.record.protocol import ShipperConfig, ShipperStatus
from router.record.supervisor import ShipperProcess
from router.telemetry import Metrics

POLICIES = Path(__file__).parents[1] / "policies"


def value(metrics: Metrics, name: str) -> float:
    found = metrics.registry.get_sample_value(f"tiergate_{name}")
    assert found is not None
    return found


class Idle:
    """Budgets of which there are none."""

    problem = None

    def sample(self, metrics: Metrics) -> None:
        """Nothing to show."""


def test_a_dead_shippers_last_word_is_not_repeated(tmp_path: Path, sqlite_url: str) -> None:
    """Before the shipper's first word and after its death lag and backlog are no numbers; while it speaks
    they are what was set from its status."""
    metrics = Metrics()
    shipper = ShipperProcess(ShipperConfig(str(tmp_path), None, sqlite_url, 1.0))
    journal = Journal(tmp_path, fsync="never", segment_bytes=10_000, count_failure=int)
    heard: list[object] = []
    source = PolicySource(
        FolderFiles(POLICIES),
        {},
        lambda: datetime.now(UTC),
        on_loaded=lambda bundle, _: heard.append(bundle),
        on_rejected=heard.append,
    )
    keys = KeyRing(ledger_engine(sqlite_url), 1.0)
    health = GatewayHealth(keys, source, journal, shipper, Gates(SystemClock()), metrics, Idle())  # type: ignore[arg-type]
    for status in (None, ShipperStatus(oldest_unshipped_age_s=3.5, backlog_bytes=7), None):
        shipper.status = status
        metrics.ledger_lag.set(3.5)
        metrics.ledger_backlog.set(7)
        health.sample()
        assert value(metrics, "ledger_shipper_up") == (status is not None)
        for name, told in (("ledger_lag_seconds", 3.5), ("ledger_backlog_bytes", 7)):
            assert math.isnan(value(metrics, name)) if status is None else value(metrics, name) == told
    journal.close()
