"""The composition root: settings -> adapters -> the ASGI application; the route table; the life span.

The only module that imports everything. `POST /v1/chat/completions` goes straight from ASGI into the
pipeline; FastAPI, which costs about 200 us a request, serves the rest.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from router.admin.notes import changes
from router.api import CHAT, build_api
from router.audit.log import AuditLog
from router.audit.reloads import Reloads
from router.audit.writing import gateway_actor, open_audit
from router.budgets.accounts import Accounts
from router.budgets.opening import open_budgets
from router.budgets.send import Receivers, receivers
from router.classify.learned import LearnedClassifier
from router.classify.query_model import SHIPPED, load
from router.clock import SystemClock
from router.deciding import Deciding
from router.detect.detectors import Detectors
from router.dispatch.gates import Gates
from router.dispatch.http1 import Http1Transport
from router.dispatch.loop import Dispatcher
from router.dispatch.upstreams import Upstreams
from router.domain.kinds import DataClass
from router.feedback import Feedback
from router.fleet.probe import Probe
from router.fleet.watch import Watch
from router.health import GatewayHealth
from router.ingress.call import ClientCall, Message, Receive, Send
from router.judge.buyer import Buyer
from router.judge.judging import Judging
from router.memory import RecentConversations
from router.observe import Observer
from router.pipeline import Pipeline
from router.policy.documents import Bundle
from router.policy.folder import SourceFile
from router.policy.problems import Problem
from router.policy.reload import PolicySource
from router.policy_store import kept_files, policy_files
from router.prompts.forget import watch_purge
from router.prompts.keep import Prompts
from router.prompts.vault import Vault, open_vault, sealer
from router.ratelimit.admission import Admission
from router.ratelimit.places import open_places
from router.ratelimit.windows import Windows
from router.record.drains import Drains
from router.record.engine import ledger_engine
from router.record.journal import Journal
from router.record.judge_budget import JudgeBudget
from router.record.keyring import KeyRing
from router.record.protocol import ShipperConfig, ShipperStatus
from router.record.reported import ReportedFeedback
from router.record.supervisor import ShipperProcess
from router.settings import Settings
from router.telemetry import Metrics
from router.tracing import open_tracer
from router.verdicts import Verdicts
from router.verify.inspection import Checker
from router.verify.threads import Threads
from router.verify.walled import Walled

if TYPE_CHECKING:
    from router.admin.api.server import AdminServer

log = logging.getLogger(__name__)
_RETRY_PENDING = 1.0
_SETTLE_SECONDS = 2.0
_LATE_CHECKS_SECONDS = 5.0
"""How long checks of answers that went out already may keep a stopping gateway."""
_JUDGING_SECONDS = 5.0
"""How long judgements on their way may keep it."""


class Gateway:
    """The ASGI application: one object, every port inside it, nothing global."""

    def __init__(self, settings: Settings, admin_listener: socket.socket | None = None) -> None:
        """The admin API is served on `admin_listener`; None: there is none. Raises PolicyRejected or BadModel
        for a policy folder or query model that does not load, JournalError for a dead disk, TracingMissing,
        ValkeyMissing, BadReceiver, SettingsRefused or OSError for a key that cannot be read."""
        self._settings = settings
        self._metrics = Metrics()
        self._engine = ledger_engine(settings.ledger_url)
        self._accounts = Accounts()
        self._clock = clock = SystemClock()
        audit = _audit(settings)
        self._reloads = Reloads(self._engine, audit, gateway_actor(), changes)
        vault = open_vault(settings)
        self._forgets = vault is not None
        self._admin = _admin(settings, audit, admin_listener)
        self._source = PolicySource(
            policy_files(settings, self._engine),
            os.environ,
            _now,
            on_loaded=self._policy_loaded,
            on_rejected=self._policy_rejected,
            kept=kept_files(settings),
        )
        self._keys = KeyRing(self._engine, settings.keys_refresh)
        root = settings.data_dir / "journal"
        self._journal = _journal(settings, root, self._metrics, vault)
        self._accounts.gateway = self._journal.path.name
        valkey = settings.valkey_url.get_secret_value() if settings.valkey_url else None
        purses, self._budgets = open_budgets(
            self._accounts,
            self._engine,
            valkey,
            lambda: self._source.current,
            lambda name: self._metrics.budget_refusals.add((name,)),
            _receivers(settings).send,
        )
        self._shipper = ShipperProcess(
            ShipperConfig(str(root), str(self._journal.path), settings.ledger_url, settings.ship_interval),
            self._shipper_said,
        )
        transport = Http1Transport(max_reply_bytes=settings.max_reply_bytes)
        self._upstreams = Upstreams(transport)
        observer = Observer(self._metrics)
        self._gates = gates = Gates(clock, observer.spilled)
        dispatcher = Dispatcher(self._upstreams.by_wire, clock, gates)
        self._drains = Drains(self._engine)
        self._watch = Watch(
            transport,
            gates,
            lambda: self._source.current.catalog,
            Probe(self._upstreams.openai),
            self._metrics,
        )
        self._walled = Walled()
        self._tracer = open_tracer(settings.otlp_endpoint)
        self._verdicts = Verdicts(self._journal, observer, clock)
        buyer = Buyer(dispatcher, self._journal, JudgeBudget(self._engine), clock, purses)
        self._judging = Judging(buyer, self._journal, observer, clock)
        memory = RecentConversations()
        self._detectors = Detectors(settings.detect_timeout, self._metrics)
        deciding = Deciding(
            LearnedClassifier(load(settings.query_model or SHIPPED)),
            gates,
            Checker(self._walled.verifiers, Threads(), Threads(size=max(1, (os.cpu_count() or 1) // 2))),
            memory,
            purses,
            self._detectors,
        )
        self._windows, self._places = Windows(valkey), open_places(valkey)
        self._pipeline = Pipeline(
            settings,
            self._keys,
            self._source,
            deciding,
            Admission(self._windows, self._places, self._metrics),
            dispatcher,
            self._journal,
            self._verdicts,
            self._judging,
            observer,
            clock,
            memory,
            self._tracer,
            self._keeper(vault),
        )
        self._feedback = Feedback(
            ReportedFeedback(self._engine, root),
            self._journal,
            clock,
            self._metrics,
            keeps_text=self._keeps_feedback_text,
        )
        self._serving: set[asyncio.Task[Any]] = set()
        self._metrics.in_flight.set_function(lambda: len(self._serving))
        self._health = GatewayHealth(
            self._keys, self._source, self._journal, self._shipper, gates, self._metrics, self._budgets
        )
        self._api = build_api(
            settings,
            self._pipeline,
            self._keys,
            self._source,
            self._feedback,
            self._health,
            self._metrics,
            self._lifespan,
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == CHAT and scope["method"] == "POST":
            task = asyncio.current_task()
            assert task is not None
            self._serving.add(task)
            try:
                await self._pipeline.handle(ClientCall(scope, receive, send, task))
            finally:
                self._serving.discard(task)
        else:
            await self._api(scope, receive, send)

    def leave(self) -> None:
        """From here on `/readyz` says that this process is about to end; requests are still served."""
        self._health.leaving = True

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        await self._shipper.start()
        await self._detectors.warm(self._source.current.policy.sought)
        tasks = [
            _background(self._keys.watch()),
            _background(self._source.watch(self._settings.policy_refresh)),
            _background(self._retry_pending()),
            _background(self._budgets.run()),
            _background(self._reloads.watch()),
            _background(self._upstreams.warm(self._source.current.catalog)),
            _background(self._watch.run()),
            _background(self._follow_drains()),
        ]
        if self._forgets:
            tasks.append(
                _background(watch_purge(self._engine, self._settings.prompt_days, self._clock.wall_us))
            )
        if self._admin is not None:
            self._admin.start()
        try:
            yield
        finally:
            if self._admin is not None:
                await self._admin.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._serving:
                # The server has cancelled them, out of patience: they still have to be booked.
                await asyncio.wait(self._serving, timeout=_SETTLE_SECONDS)
            await self._judging.close(_JUDGING_SECONDS)
            await self._upstreams.aclose()
            await self._places.close()
            await self._windows.close()
            await self._verdicts.close(_LATE_CHECKS_SECONDS)
            self._walled.close()
            self._detectors.close()
            self._feedback.close()
            await self._budgets.close()
            self._journal.close()
            await asyncio.to_thread(self._keys.keep_uses)
            await self._shipper.stop(self._settings.drain_timeout)
            self._engine.dispose()
            if self._tracer is not None:
                await asyncio.to_thread(self._tracer.close)

    async def _retry_pending(self) -> None:
        while True:
            await asyncio.sleep(_RETRY_PENDING)
            self._journal.retry_pending()

    async def _follow_drains(self) -> None:
        while True:
            self._gates.drain(await asyncio.to_thread(self._drains.load))
            await asyncio.sleep(self._settings.policy_refresh)

    def _keeper(self, vault: Vault | None) -> Prompts | None:
        """What keeps prompts and subjects; a key alone, which opens what was kept before, keeps nothing."""
        settings = self._settings
        if vault is None or not (settings.store_prompts or settings.store_subjects):
            return None
        return Prompts(vault, self._journal, store_text=settings.store_prompts)

    def _keeps_feedback_text(self, data_class: DataClass) -> bool:
        cleared = self._source.current.policy.clearances[data_class]
        return self._settings.store_feedback_text and cleared.admits(self._settings.ledger_residency)

    def _policy_loaded(self, bundle: Bundle, files: Sequence[SourceFile]) -> None:
        self._reloads.taken(bundle.digest, bundle.prices.version, files, self._clock.wall_us())
        self._metrics.policy_info.clear()
        self._metrics.policy_info.labels(bundle.digest).set(1)
        self._metrics.reload_failed.set(0)
        self._accounts.put_in_force(bundle.budgets)

    def _policy_rejected(self, _: tuple[Problem, ...]) -> None:
        self._metrics.reload_failures.add(())
        self._metrics.reload_failed.set(1)

    def _shipper_said(self, status: ShipperStatus) -> None:
        self._metrics.ledger_lag.set(status.oldest_unshipped_age_s)
        self._metrics.ledger_backlog.set(status.backlog_bytes)
        self._metrics.ledger_quarantined.set(status.quarantined)
        self._metrics.ledger_rows.labels("requests").set(status.shipped_requests)
        self._metrics.ledger_rows.labels("attempts").set(status.shipped_attempts)
        for table, rows in status.shipped_later.items():
            self._metrics.ledger_rows.labels(table).set(rows)


def _receivers(settings: Settings) -> Receivers:
    webhook, smtp = settings.alert_webhook_url, settings.smtp_url
    return receivers(
        webhook.get_secret_value() if webhook else None,
        smtp.get_secret_value() if smtp else None,
        settings.alert_email_from,
        settings.alert_email_to,
    )


def _admin(settings: Settings, audit: AuditLog, listener: socket.socket | None) -> AdminServer | None:
    if listener is None:
        return None
    # Imported only where it is wanted: it brings planning and the books with it.
    server = import_module("router.admin.api.server")
    admin: AdminServer = server.AdminServer(settings, audit, listener)
    return admin


def _journal(settings: Settings, root: Path, metrics: Metrics, vault: Vault | None) -> Journal:
    return Journal(
        root,
        fsync=settings.journal_fsync,
        segment_bytes=settings.journal_segment_bytes,
        count_failure=lambda: metrics.journal_failures.add(()),
        seal=sealer(vault),
    )


def _audit(settings: Settings) -> AuditLog:
    """The audit log; its signed heads go to the gateway's own log too, and with that off this machine."""
    return open_audit(settings, lambda head: log.info("audit: head %s", head))


def _now() -> datetime:
    return datetime.now(UTC)


def _background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("a background task ended", exc_info=task.exception())
