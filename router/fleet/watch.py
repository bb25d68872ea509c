"""Model servers looked at beside the requests: their queue and cache, and whether they work.

An endpoint is looked at every `scrape_every` seconds if the catalog gives a `metrics_url`, a `health_url` or
`probe_every`. Two looks in a row that find it unwell hold its gate; one that finds it well opens it again,
slowly. Nothing here is on the way of a request, and nothing waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from router.dispatch.gate import Gate
from router.dispatch.gates import Gates
from router.dispatch.transport import Timeouts, Transport, TransportError
from router.domain.catalog import Catalog, Endpoint
from router.fleet.page import Page, grown, read_page
from router.fleet.probe import Probe
from router.fleet.shown import show
from router.telemetry import Metrics

log = logging.getLogger(__name__)
_TICK_S = 1.0
_PATIENCE = Timeouts(connect_s=2.0, first_byte_s=3.0, between_chunks_s=3.0, total_s=5.0)
_UNWELL_LOOKS = 2
"""One lost packet takes no server out of service."""
_STALE_LOOKS = 3
"""So many pages in a row that cannot be read, and what the last one said is no longer believed."""
_OK = 200


@dataclass(slots=True)
class _Seen:
    """One endpoint between two looks."""

    due: float = 0.0
    unwell: int = 0
    unread: int = 0
    page: Page | None = None
    looking: asyncio.Task[None] | None = field(default=None, repr=False)


class Watch:
    """`catalog` gives the one in force."""

    def __init__(
        self, http: Transport, gates: Gates, catalog: Callable[[], Catalog], probe: Probe, metrics: Metrics
    ) -> None:
        self._http = http
        self._gates = gates
        self._catalog = catalog
        self._probe = probe
        self._metrics = metrics
        self._seen: dict[str, _Seen] = {}

    async def run(self) -> None:
        """Looks at all of them when they are due, until cancelled."""
        try:
            while True:
                self._start()
                await asyncio.sleep(_TICK_S)
        finally:
            for seen in self._seen.values():
                if seen.looking is not None:
                    seen.looking.cancel()

    def _start(self) -> None:
        now = self._gates.now()
        watched = {endpoint.id: endpoint for endpoint in _watched(self._catalog())}
        for name in self._seen.keys() - watched.keys():
            self._forget(name)
        for name, endpoint in watched.items():
            seen = self._seen.setdefault(name, _Seen())
            if now >= seen.due and (seen.looking is None or seen.looking.done()):
                seen.due = now + endpoint.scrape_every
                seen.looking = asyncio.create_task(self.look(endpoint))

    def _forget(self, name: str) -> None:
        """It is no longer watched, so nobody would release its gate."""
        self._seen.pop(name)
        gate = self._gates.all().get(name)
        if gate is not None:
            gate.release()
            gate.heard(None, None)

    async def look(self, endpoint: Endpoint) -> None:
        """One look at one endpoint."""
        seen, gate = self._seen.setdefault(endpoint.id, _Seen()), self._gates.of(endpoint)
        before = seen.page
        if endpoint.metrics_url is not None:
            await self._scrape(endpoint, endpoint.metrics_url, seen, gate)
        wrong = await self._unwell(endpoint)
        if wrong is None and _quiet(endpoint, gate, before, seen.page, self._gates.now()):
            wrong = await self._probe.fails(endpoint)
            self._metrics.probes.add((endpoint.id, "ok" if wrong is None else "failed"))
            if wrong is None:
                gate.last_answer = self._gates.now()
        if wrong is None:
            seen.unwell = 0
            if gate.held is not None:
                log.warning("endpoint %s is well again; it starts slowly", endpoint.id)
            gate.release()
            return
        seen.unwell += 1
        if seen.unwell >= _UNWELL_LOOKS and gate.held is None:
            log.warning("endpoint %s is held back: %s", endpoint.id, wrong)
            gate.hold(wrong)

    async def _scrape(self, endpoint: Endpoint, url: str, seen: _Seen, gate: Gate) -> None:
        try:
            _, text = await self._get(url)
            page = read_page(text)
        except (TransportError, ValueError) as error:
            self._metrics.scrape_failures.add((endpoint.id,))
            seen.unread += 1
            if seen.unread == _STALE_LOOKS:
                log.warning("endpoint %s: its metrics cannot be read: %s", endpoint.id, error)
                gate.heard(None, None)
            return
        seen.unread = 0
        gate.heard(page.running, page.waiting)
        show(self._metrics, endpoint.id, page, seen.page)
        seen.page = page

    async def _unwell(self, endpoint: Endpoint) -> str | None:
        """What its health page says is wrong; None: nothing, or it has none."""
        if endpoint.health_url is None:
            return None
        try:
            status, _ = await self._get(endpoint.health_url)
        except TransportError as error:
            return f"its health cannot be asked: {error}"
        return None if status == _OK else f"its server says that it is not well: HTTP {status}"

    async def _get(self, url: str) -> tuple[int, str]:
        reply = await self._http.get(url, {"accept-encoding": "identity"}, _PATIENCE)
        try:
            return reply.status, (await reply.read()).decode("utf-8", "replace")
        finally:
            await reply.close()


def _watched(catalog: Catalog) -> Iterable[Endpoint]:
    for model in catalog.models.values():
        for one in model.endpoints:
            if one.metrics_url is not None or one.health_url is not None or one.probe_every is not None:
                yield one


def _quiet(endpoint: Endpoint, gate: Gate, before: Page | None, page: Page | None, now: float) -> bool:
    """Whether nothing shows that it writes, so that a completion has to be tried: neither an answer of late
    nor, with requests at work, growing counters."""
    if endpoint.probe_every is None:
        return False
    if gate.held is None and gate.last_answer is not None and now - gate.last_answer < endpoint.probe_every:
        return False
    if page is None or before is None or not page.running:
        return True
    return not grown(page.generation_tokens, before.generation_tokens)
