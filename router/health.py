"""What `/readyz` says: can this process take requests and write down what they cost. Prints no config."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from router.budgets.keeper import Keeper
from router.dispatch.gates import Gates
from router.policy.reload import PolicySource
from router.record.journal import Journal
from router.record.keyring import KeyRing
from router.record.supervisor import ShipperProcess
from router.telemetry import Metrics


class GatewayHealth:
    """Reads the state of the parts."""

    def __init__(
        self,
        keys: KeyRing,
        source: PolicySource,
        journal: Journal,
        shipper: ShipperProcess,
        gates: Gates,
        metrics: Metrics,
        budgets: Keeper,
    ) -> None:
        self._keys = keys
        self._source = source
        self._journal = journal
        self._shipper = shipper
        self._gates = gates
        self._metrics = metrics
        self._budgets = budgets
        self.leaving = False
        """Set when the process is about to end: load balancers are to send their requests elsewhere."""

    def problems(self) -> Mapping[str, str | None]:
        """Why requests could not be served. A database that is away delays rows but refuses nobody."""
        pending = self._journal.pending
        return {
            "keys": None if self._keys.loaded else self._keys.error or "not loaded yet",
            "journal": f"{pending} rows wait for the disk" if pending else None,
            "budgets": self._budgets.problem,
            "drain": "the gateway is leaving" if self.leaving else None,
        }

    def facts(self) -> Mapping[str, Any]:
        """What an operator asks next."""
        status = self._shipper.status
        return {
            "policy": {
                **self._source.about,
                "digest": self._source.current.digest,
                "refused": [str(problem) for problem in self._source.error],
            },
            "ledger": {
                "lag_seconds": status.oldest_unshipped_age_s if status else None,
                "backlog_bytes": status.backlog_bytes if status else None,
                "error": status.error if status else "the shipper is starting",
                "quarantined_lines": status.quarantined if status else None,
            },
            "keys_error": self._keys.error,
            "endpoints": {
                **{name: gate.held for name, gate in self._gates.all().items() if gate.held is not None},
                **self._gates.drained,
            },
        }

    def sample(self) -> None:
        """Sets the gauges that are only looked at when somebody looks."""
        status = self._shipper.status
        self._metrics.shipper_up.set(status is not None)
        if status is None:  # what a dead shipper said last is not how it is now
            self._metrics.ledger_lag.set(math.nan)
            self._metrics.ledger_backlog.set(math.nan)
        self._budgets.sample(self._metrics)
        for endpoint, gate in self._gates.all().items():
            self._metrics.circuit_open.labels(endpoint).set(gate.shut)
            limit = gate.places.limit
            if limit is not None:
                self._metrics.endpoint_places.labels(endpoint).set(limit)
                self._metrics.endpoint_running.labels(endpoint).set(gate.places.running)
                self._metrics.endpoint_waiting.labels(endpoint).set(gate.places.waiting)
        self._metrics.endpoint_drained.clear()
        for endpoint in self._gates.all().keys() | self._gates.drained.keys():
            self._metrics.endpoint_drained.labels(endpoint).set(endpoint in self._gates.drained)
