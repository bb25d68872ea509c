"""Four gateways, one hard budget, kills of gateways and of Valkey under bursts: nothing is spent beyond it.

`TIERGATE_TEST_BURST=500` makes the bursts as large as that; the suite's own are smaller. Run with `-s`, it
says what was spent and how much of the limit was left unused."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from router.domain.budget_period import PeriodKind, Zone, period_of
from router.domain.money import PICO_PER_USD
from router.sandbox.testing import running_sandbox
from tests.budgets.server import Valkey, valkey_server
from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_budgets, write_folder
from tests.contract.gateway import Gateway
from tests.contract.load import until_async
from tests.contract.until import until
from tests.scale.replicas import started

REPLICAS = 4
BURST = int(os.environ.get("TIERGATE_TEST_BURST", "60"))
_START_S = 400
"""A busy machine takes long to start four gateways at once."""
_SETTLED_S = 120
RULES: list[dict[str, Any]] = [{"name": "default", "objective": "cheapest"}]
LIMIT_PICO = BURST * PICO_PER_USD // 200
"""Half a cent for each request of one burst: the third burst finds little of it."""
SPENT = "SELECT SUM(COALESCE(cost_pico, reserved_pico)) AS spent FROM attempts"


@pytest.fixture(scope="module")
def background() -> Iterator[Background]:
    with Background() as background:
        yield background


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with valkey_server() as server:
        yield server


@pytest.fixture
def replicas(
    background: Background, valkey: Valkey, tmp_path: Path, postgres_url: str
) -> Iterator[list[Gateway]]:
    """Gateways with a journal each, one ledger, one Valkey, and a model that takes its time."""
    upstream = background.enter(running_sandbox("frontier", prompts=[], speed=20.0, event_gap_s=0.005))
    model = TestModel(
        "dear",
        "frontier",
        upstream.base_url,
        upstream.model,
        (10.0, 50.0),
        endpoint={"max_concurrency": BURST},
    )
    policy = write_folder(tmp_path / "policies", [model], RULES)
    limit = f"{LIMIT_PICO / PICO_PER_USD:.6f}"
    of_all = {"name": "of-all", "period": "month", "limit_usd": limit, "enforcement": "hard"}
    write_budgets(policy, [of_all, {"name": "seen", "period": "day", "limit_usd": 9, "enforcement": "soft"}])
    settings = {"database_url": postgres_url, "valkey_url": valkey.url}
    with started(REPLICAS, tmp_path, policy, seconds=_START_S, **settings) as gateways:
        yield gateways


class Burst:
    """Requests at once, over all gateways: whole answers, streams, and streams that their client leaves."""

    def __init__(self, gateways: Sequence[Gateway], session: aiohttp.ClientSession) -> None:
        self.ends: Counter[str] = Counter()
        self._tasks = [
            asyncio.create_task(self._ask(session, gateways[n % len(gateways)], n // len(gateways) % 3))
            for n in range(BURST)
        ]

    async def done(self) -> Counter[str]:
        await asyncio.gather(*self._tasks)
        return self.ends

    async def _ask(self, session: aiohttp.ClientSession, gateway: Gateway, kind: int) -> None:
        body = {"model": "auto", "messages": user(), "max_tokens": 60, "stream": kind > 0}
        headers = {"authorization": f"Bearer {gateway.token}"}
        try:
            async with session.post(
                f"{gateway.origin}/v1/chat/completions", json=body, headers=headers
            ) as reply:
                if reply.status != 200:
                    self.ends[f"{reply.status} {(await reply.json())['error']['code']}"] += 1
                elif kind == 2:
                    await reply.content.read(400)
                    self.ends["left"] += 1
                else:
                    await reply.read()
                    self.ends["answered"] += 1
        except aiohttp.ClientError:
            self.ends["broken"] += 1


async def test_four_gateways_do_not_overshoot(replicas: list[Gateway], valkey: Valkey) -> None:
    """Bursts, a gateway killed in one and started again, Valkey killed in another: the ledger stays within
    the limit; afterwards the budget can be used to its end, and all gateways count exactly what the ledger
    says."""
    ends: Counter[str] = Counter()
    timeout = aiohttp.ClientTimeout(total=300)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        ends += await Burst(replicas, session).done()
        burst = Burst(replicas, session)
        await until_async(lambda: burst.ends["answered"])
        await asyncio.to_thread(replicas[0].kill)
        ends += await burst.done()
        burst = Burst(replicas[1:], session)
        await asyncio.to_thread(valkey.kill)
        ends += await burst.done()
        await asyncio.gather(
            asyncio.to_thread(valkey.start), *(asyncio.to_thread(one.start, _START_S) for one in replicas[:1])
        )
        ends += await Burst(replicas, session).done()
        await asyncio.to_thread(replicas[2].kill)
        ends += await Burst([*replicas[:2], replicas[3]], session).done()
        await asyncio.to_thread(replicas[2].start, _START_S)
        await asyncio.to_thread(until, lambda: all_agree(replicas), _SETTLED_S)
        after_crashes = ledger(replicas[1])
        while (last := await Burst(replicas, session).done())["answered"]:
            ends += last
            await asyncio.to_thread(until, lambda: all_agree(replicas), _SETTLED_S)
    await asyncio.to_thread(until, lambda: all_agree(replicas), _SETTLED_S)
    spent = ledger(replicas[0])
    most = replicas[0].query("SELECT MAX(reserved_pico) AS most FROM attempts")[0]["most"]
    print(
        f"\n{dict(ends)}; limit {LIMIT_PICO / 1e12} USD, spent {after_crashes / 1e12} after the kills and "
        f"{spent / 1e12} in the end: overshoot {max(0, spent - LIMIT_PICO) / 1e12}, "
        f"undershoot {(LIMIT_PICO - spent) / 1e12}; a call may cost {most / 1e12}"
    )
    assert spent <= LIMIT_PICO
    assert LIMIT_PICO - spent < 4 * most
    assert ends["answered"] > BURST / 4 and ends["left"] and ends["429 insufficient_quota"]


def ledger(gateway: Gateway) -> int:
    """What the ledger says was spent, unknown costs at what was set aside."""
    return int(gateway.query(SPENT)[0]["spent"] or 0)


def all_agree(gateways: Sequence[Gateway]) -> bool:
    """Whether everybody who is gone is accounted for, and what is shown is what the ledger says."""
    gateway = gateways[0]
    running = len(gateways)
    open_ones = gateway.query("SELECT * FROM budget_gateways WHERE closed_us IS NULL")
    key = period_of(PeriodKind.MONTH, Zone("UTC"), time.time_ns() // 1000).key
    [shown] = gateway.query("SELECT * FROM budget_periods WHERE budget = 'of-all' AND period = :k", k=key)
    flying = gateway.query("SELECT 1 FROM budget_periods WHERE reserved_pico > 0")
    return len(open_ones) == running and not flying and shown["spent_pico"] == ledger(gateway)
