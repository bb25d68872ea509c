"""What budgets cost a request: nothing declared, three that match, and a hundred of other teams beside them.

Run as `python -m tests.bench.budget_bench POLICY_DIR`; prints one JSON object, microseconds a request at p50.
`share` is that of the time from a parsed request to its ordered candidates (`decide_bench`), measured in the
same run.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from router.budgets.accounts import Accounts
from router.budgets.purse import Purses
from router.demand import demand_of
from router.domain.budget import Account, Budget, Budgets, Enforcement, Hold, Scope
from router.domain.budget_period import PeriodKind, Zone
from router.domain.caller import Caller
from router.domain.decision import Candidate
from router.domain.money import PICO_PER_USD, PicoUSD
from router.ingress.openai import ChatRequest, parse_chat
from router.policy.decide import decide, unchecked
from router.policy.documents import Bundle, load_documents
from tests.bench import prompts
from tests.bench.decide_bench import measured
from tests.bench.load import percentile
from tests.policy.build import facts

REQUESTS, WARM_UP = 20_000, 2_000
CALLER = Caller("bench", "acme", "research", "p")


class Nobody:
    """Lends nothing."""

    async def lend(self, account: Account, amount: int) -> None:
        """Never asked: there is room."""


def main(policy_dir: Path) -> None:
    bundle = load_documents(policy_dir, {}, datetime.now(UTC))
    deciding = measured(bundle, unchecked)["p50_us"]
    three = [
        budget("org", Scope(organisation=("acme",))),
        budget("team", Scope(team=("research",))),
        budget("key", Scope(key=("bench",))),
    ]
    others = [budget(f"team-{n}", Scope(team=(f"team-{n}",))) for n in range(100)]
    found = {
        name: asyncio.run(taken(bundle, tuple(budgets)))
        for name, budgets in (("none", ()), ("three", three), ("three_of_103", [*others, *three]))
    }
    shares = {name: round(us / deciding, 4) for name, us in found.items()}
    print(json.dumps({"deciding_us": deciding, "budgets_us": found, "share": shares}))


def budget(name: str, scope: Scope) -> Budget:
    return Budget(name, scope, PeriodKind.MONTH, Zone("UTC"), PicoUSD(10**6 * PICO_PER_USD), Enforcement.HARD)


async def taken(bundle: Bundle, budgets: tuple[Budget, ...]) -> float:
    """Purse, look, hold and settle of one request, without the decision."""
    accounts = Accounts("g")
    accounts.put_in_force(Budgets(budgets))
    purses = Purses(accounts, Nobody(), lambda _: None)
    request = parse_chat(prompts.body("auto", stream=False).encode(), {})
    candidate = decide(facts(), bundle.policy, bundle.catalog, bundle.prices).candidates[0]
    started_us = time.time_ns() // 1000
    for one in budgets:
        account = accounts.account(one, started_us)
        account.allowance, account.pool, account.elsewhere = one.limit, 0, 0
    now, times = datetime.now(UTC), []
    for _ in range(WARM_UP + REQUESTS):
        begin = time.perf_counter_ns()
        if not purses.idle:
            await _one(purses, bundle, request, candidate, started_us, now)
        times.append((time.perf_counter_ns() - begin) / 1000)
    return round(percentile(times[WARM_UP:], 0.5), 3)


async def _one(
    purses: Purses,
    bundle: Bundle,
    request: ChatRequest,
    candidate: Candidate,
    started_us: int,
    now: datetime,
) -> None:
    purse = purses.purse(CALLER, None, started_us, partial(demand_of, request))
    assert purse is not None
    purse.unaffordable(bundle.catalog, bundle.prices, now, bundle.dearest)
    hold = await purse.hold(candidate)
    assert isinstance(hold, Hold)
    hold.settle(PicoUSD(1000))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
