"""The gates of all endpoints that were called or watched, by their ids."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Set

from router.clock import Clock
from router.dispatch.gate import Gate
from router.domain.catalog import Endpoint
from router.domain.load import Load

log = logging.getLogger(__name__)


class Gates:
    """`drained`: endpoints that an operator took out of service, and why. `turned_away` is told each time an
    endpoint had no place (`busy`) or was not to be asked (`held`)."""

    def __init__(self, clock: Clock, turned_away: Callable[[str, str], None] = lambda *_: None) -> None:
        self._drained: Mapping[str, str] = {}
        self.turned_away = turned_away
        self._clock = clock
        self._gates: dict[str, Gate] = {}

    def of(self, endpoint: Endpoint) -> Gate:
        """The gate of an endpoint, as the catalog has it now. Endpoints of one server have one gate."""
        server = endpoint.server or endpoint.id
        gate = self._gates.get(server)
        if gate is None:
            gate = self._gates[server] = Gate(endpoint, self.now)
            gate.drain(server in self._drained)
        elif server == endpoint.id:
            gate.follow(endpoint)
        self._gates[endpoint.id] = gate
        return gate

    @property
    def drained(self) -> Mapping[str, str]:
        return self._drained

    def drain(self, found: Mapping[str, str]) -> None:
        """These are out of service from now on, and no others."""
        if found != self._drained:
            _log_changes(self._drained, found)
            self._drained = found
            for name, gate in self._gates.items():
                if gate.server == name:
                    gate.drain(name in found)

    def all(self) -> Mapping[str, Gate]:
        return self._gates

    def unhealthy(self) -> frozenset[str]:
        """Ids of the endpoints to which nobody is sent now."""
        return frozenset([name for name, gate in self._gates.items() if gate.shut])

    def loads(self, shared: Set[str] = frozenset(), *, timed: bool = False) -> dict[str, Load]:
        """Who is busy, and who is drained. Of `shared` endpoints, or of all if `timed`, the speed as well."""
        found = {}
        for name, gate in self._gates.items():
            load = gate.load(paced=timed or name in shared)
            why = self._drained.get(gate.server)
            if why is not None:
                load = Load(0, 0, drained=why)
            if load is not None:
                found[name] = load
        for name, why in self._drained.items():
            found[name] = Load(0, 0, drained=why)
        return found

    def now(self) -> float:
        """Monotonic, in seconds."""
        return self._clock.monotonic_ns() / 1e9


def _log_changes(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """With the operators' words, which apps do not hear."""
    for name, why in sorted(after.items() - before.items()):
        log.info("endpoint %s: %s", name, why)
    for name in sorted(before.keys() - after.keys()):
        log.info("endpoint %s: back in service", name)
