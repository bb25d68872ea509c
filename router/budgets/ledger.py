"""The ledger as budgets use it: a thread of its own, so that no query ever waits on the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine

from router.budgets.accounts import Accounts
from router.budgets.count import Count, Mark, count, read_mark
from router.domain.budget import Account
from router.domain.budget_bound import Demand, most
from router.policy.documents import Bundle
from router.record.budget_gateways import seen

T = TypeVar("T")
_SAY_S: Final = 10.0
UNSEEN_S: Final = 600.0
"""A gateway takes nothing more of a budget after so long without saying that it runs."""
_ANY = Demand(None, None)
"""A call of which nothing is known."""


class BudgetLedger:
    """`bundle` gives the policy in force. Every method raises SQLAlchemyError while the database is away."""

    def __init__(self, engine: Engine, accounts: Accounts, bundle: Callable[[], Bundle]) -> None:
        self._engine = engine
        self._accounts = accounts
        self._bundle = bundle
        self._thread = ThreadPoolExecutor(1, "budgets")
        self._seen: float | None = None

    @property
    def known(self) -> bool:
        """Whether others can still tell from the ledger that this gateway runs."""
        return self._seen is not None and time.monotonic() - self._seen < UNSEEN_S

    async def register(self) -> None:
        """Says every so often that this gateway runs; the first time before it may reserve anything that
        others could give away again."""
        now = time.monotonic()
        if self._seen is None or now - self._seen > _SAY_S:
            await self.write(lambda c: seen(c, self._accounts.gateway, time.time_ns() // 1000))
            self._seen = now

    async def mark(self) -> Mark:
        """Whether a count could have another result than before."""
        return await self.write(read_mark)

    async def count(self, accounts: Sequence[Account]) -> Count:
        """What the ledger says of `accounts`."""
        budgets, bundle = self._accounts.in_force, self._bundle()
        return await self._run(lambda: count(self._engine, accounts, budgets, _bound(bundle)))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """`work` in a transaction."""
        return await self._run(lambda: self._in_transaction(work))

    def close(self) -> None:
        """After what is queued."""
        self._thread.shutdown()

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _bound(bundle: Bundle) -> Callable[[str], int]:
    """The most that a call of an endpoint can cost; of one that is gone, the most of any."""
    found: dict[str, int] = {}
    for model in bundle.catalog.models.values():
        for endpoint in model.endpoints:
            price = bundle.prices.find(model.name, endpoint.id, bundle.loaded_at)
            if price is not None:
                found[endpoint.id] = most(_ANY, model, endpoint, price)
    top = bundle.dearest.most(_ANY)
    return lambda endpoint: found.get(endpoint, top)
