"""The pipeline in this process with all that it can send to: recorded upstreams, journal, judge, spans."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson
from sqlalchemy import Engine

from router.budgets.accounts import Accounts
from router.budgets.ledger import BudgetLedger
from router.budgets.pool import Alone
from router.budgets.purse import Purses
from router.clock import SystemClock
from router.deciding import Deciding
from router.detect.detectors import Detectors
from router.dispatch.gates import Gates
from router.dispatch.loop import Dispatcher
from router.domain.caller import Caller
from router.domain.conversation import Conversation
from router.domain.facts import Signals
from router.domain.kinds import Wire
from router.ingress.call import ClientCall, Message
from router.ingress.direct import EXTENSION
from router.judge.buyer import Buyer
from router.judge.judging import Judging
from router.memory import RecentConversations
from router.observe import Observer
from router.pipeline import Pipeline
from router.policy.documents import Bundle
from router.policy.reload import PolicySource
from router.ratelimit.admission import Admission
from router.ratelimit.places import open_places
from router.ratelimit.windows import Windows
from router.record.journal import Journal
from router.record.judge_budget import JudgeBudget
from router.settings import Settings
from router.telemetry import Metrics
from router.tracing import Tracer
from router.verdicts import Verdicts
from router.verify.inspection import Checker
from router.verify.threads import Threads
from router.verify.walled import Walled
from tests.egress.recording import Fault, Recorder


@dataclass(slots=True)
class OneKey:
    """A key store that lets everybody in as `caller`."""

    caller: Caller = field(default_factory=lambda: Caller("k", "org", "search", "p"))
    loaded: bool = True

    def authenticate(self, _: str) -> Caller:
        return self.caller


@dataclass(slots=True)
class Told:
    """A classifier that says what it is told, or fails."""

    signals: Signals | None = None

    def classify(self, conversation: Conversation) -> Signals:
        if self.signals is None:
            raise RuntimeError(f"cannot read {conversation}")
        return self.signals


@dataclass(slots=True)
class InForce:
    """A policy source that never changes by itself."""

    current: Bundle


@dataclass(slots=True)
class Client:
    """The client's end of one call."""

    body: bytes
    sent: bytes = b""
    status: int = 0

    def take_body(self) -> bytes:
        return self.body

    def reply(self, status: int, head: bytes, lines: int, body: bytes) -> bool:
        self.status, self.sent = status, head + body
        return True

    def watch(self, _: object) -> None:
        """It never hangs up."""

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.sent += message.get("body", b"")

    async def receive(self) -> Message:
        raise AssertionError("the body is there")


@dataclass(slots=True)
class House:
    """Everything of one gateway that a request can leave by."""

    pipeline: Pipeline
    recorder: Recorder
    judging: Judging
    verdicts: Verdicts
    classifier: Told
    metrics: Metrics
    journal: Path

    async def ask(self, payload: dict[str, Any], headers: dict[str, str]) -> Client:
        """One call, to its end."""
        client = Client(orjson.dumps(payload))
        head = {"authorization": "Bearer tg-x", **headers}
        scope = {
            "headers": [(name.encode(), text.encode()) for name, text in head.items()],
            "extensions": {EXTENSION: client},
        }
        await self.pipeline.handle(ClientCall(scope, client.receive, client.send, asyncio.current_task()))
        return client

    def kept(self) -> bytes:
        """All that the journal holds."""
        return b"".join(path.read_bytes() for path in self.journal.rglob("*") if path.is_file())


@asynccontextmanager
async def house(
    folder: Path,
    bundle: Bundle,
    faults: Iterator[Fault],
    engine: Engine,
    tracer: Tracer | None,
    **settings: Any,
) -> AsyncIterator[House]:
    """A gateway's insides on fakes of the outside, settled when left."""
    clock, metrics, recorder, told = SystemClock(), Metrics(), Recorder(faults), Told()
    gates = Gates(clock)
    dispatcher = Dispatcher({Wire.OPENAI: recorder}, clock, gates, sleep=_at_once)
    journal = Journal(folder, fsync="never", segment_bytes=10**9, count_failure=_lost)
    observer, memory, walled = Observer(metrics), RecentConversations(), Walled()
    verdicts = Verdicts(journal, observer, clock)
    accounts = Accounts()
    purses = Purses(accounts, Alone(accounts, BudgetLedger(engine, accounts, lambda: bundle)), lambda _: None)
    buyer = Buyer(dispatcher, journal, JudgeBudget(engine), clock, purses)
    judging = Judging(buyer, journal, observer, clock)
    pipeline = Pipeline(
        Settings(data_dir=folder, **settings),
        OneKey(),
        cast(PolicySource, InForce(bundle)),
        Deciding(
            told,
            gates,
            Checker(walled.verifiers, Threads()),
            memory,
            purses,
            Detectors(1.0, metrics),
        ),
        Admission(Windows(None), open_places(None), metrics),
        dispatcher,
        journal,
        verdicts,
        judging,
        observer,
        clock,
        memory,
        tracer,
    )
    try:
        yield House(pipeline, recorder, judging, verdicts, told, metrics, folder)
    finally:
        await judging.close(5.0)
        await verdicts.close(5.0)
        walled.close()
        journal.close()


async def _at_once(_: float) -> None:
    await asyncio.sleep(0)


def _lost() -> None:
    raise AssertionError("the journal cannot be written")
