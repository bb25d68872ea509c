"""Where allowances come from when several gateways serve: leases on slices of each budget, kept in Valkey.

The arithmetic is in `lease.lua`; here is when it is asked, and what a gateway may do meanwhile. A gateway
spends its slice without asking. It lowers its own allowance before it says so, and raises it only when told:
whatever message is lost, Valkey never believes that a gateway has less than it has. If Valkey is away, slices
are spent and then hard budgets refuse; if it was restarted or is empty, all is counted anew from the ledger,
and nothing new is handed out before every gateway that may hold a slice has said so or is in the ledger to
its last row."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from router.budgets.accounts import Accounts
from router.budgets.count import Count, Mark
from router.budgets.ledger import BudgetLedger
from router.budgets.pool import Recount
from router.domain.budget import Account
from router.record.write import brief

log = logging.getLogger(__name__)
MICRO: Final = 10**6
"""pico-USD in a micro-USD, the unit of leases."""
TIMEOUT_S: Final = 1.0
_REST_S: Final = 0.25
"""How long nobody asks again after Valkey did not answer."""
_KEPT_MS: Final = 8 * 86_400_000
"""How long after a period's end its leases are kept."""
_TRIES: Final = 5
_AWAY = (RedisError, OSError, TimeoutError)


def connect(url: str) -> Redis:
    """A client that gives up soon. Raises ValueError for a URL that is none."""
    return Redis.from_url(
        re.sub("^valkey", "redis", url),
        decode_responses=True,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
    )


class Leases:
    """The pool of a gateway that shares its budgets with others."""

    def __init__(self, accounts: Accounts, ledger: BudgetLedger, client: Redis) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._client = client
        self._script = client.register_script(
            files("router.budgets").joinpath("lease.lua").read_text("utf-8")
        )
        self._turn = asyncio.Lock()
        self._recount = Recount(accounts)
        self._mark: Mark | None = None
        self._resting_until = 0.0

    async def refresh(self, accounts: Sequence[Account]) -> None:
        """Says what was spent, gives back what is idle, takes more where it runs short."""
        async with self._turn:
            changed = await self._changed()
            try:
                if changed:
                    self._mark = await self._count(accounts) or self._mark
                uncounted = [one for one in accounts if not await self._lease(one, one.missing, shrink=True)]
                if uncounted:
                    await self._count(uncounted)
                    for account in uncounted:
                        await self._lease(account, 0)
            except _AWAY as error:
                self._away(accounts, f"Valkey cannot be reached: {_first_line(error)}")
            except SQLAlchemyError as error:
                self._away(accounts, f"the ledger cannot be read: {brief(error)}")

    async def _changed(self) -> bool:
        """Whether the ledger has to be counted anew. One that is away does not keep slices from being lent,
        as long as others can tell that this gateway runs."""
        try:
            await self._ledger.register()
            if self._recount.due():
                return True
            return self._recount.look() and await self._ledger.mark() != self._mark
        except SQLAlchemyError:
            return False

    async def lend(self, account: Account, amount: int) -> None:
        """One round trip, and none where somebody else has just made room or Valkey does not answer."""
        async with self._turn:
            if amount <= account.room or time.monotonic() < self._resting_until:
                return
            try:
                await self._lease(account, amount)
            except _AWAY as error:
                self._away([account], f"Valkey cannot be reached: {_first_line(error)}")

    async def close(self, accounts: Sequence[Account]) -> None:
        """Gives back all that is idle."""
        async with self._turn:
            try:
                for account in accounts:
                    account.allowance = account.used + account.held
                    await self._lease(account, 0)
            except _AWAY as error:
                log.warning("budgets: slices are not given back: %s", _first_line(error))
            await self._client.aclose()

    async def _lease(self, account: Account, need: int, *, shrink: bool = False) -> bool:
        """Whether Valkey knows this gateway's part of the account; False: it has to be counted first."""
        if shrink and account.allowance is not None and account.budget.hard:
            account.allowance = min(account.allowance, account.used + account.held + account.cushion)
        limit = account.budget.limit // MICRO if account.budget.hard else -1
        if not self._ledger.known:
            limit = min(limit, 0)  # nothing more
        reply = await self._ask(account, "lease", limit, _up(need))
        if reply[0] != "ok":
            return False
        _, granted, left, pending, base, used, held, scarce = reply
        account.allowance = int(granted) * MICRO
        account.pool = int(left) * MICRO
        account.trouble = None
        account.missing = 0
        if pending:
            account.pool = None
            account.trouble = (
                f"gateways that may hold a part of it are not accounted for: {', '.join(pending)}"
            )
        elif not self._ledger.known:
            account.pool = None
            account.trouble = "the ledger is away, so that others may take this gateway for gone"
        me = self._accounts.gateway
        account.elsewhere = int(base) + sum(int(v) for name, v in _pairs(used).items() if name != me)
        account.elsewhere_held = sum(int(v) for name, v in _pairs(held).items() if name != me)
        idle = max(0, account.room + int(left) * MICRO)
        account.cushion = 0 if scarce else idle // len(used)  # half of an even share: names and values
        return True

    async def _count(self, accounts: Sequence[Account]) -> Mark | None:
        """Counts in the ledger what no member counts, as often as members change meanwhile. The mark of the
        count that all of them have; None: some have none yet."""
        left = list(accounts)
        for _ in range(_TRIES):
            looks = [await self._script(keys=[_key(account)], args=["look"]) for account in left]
            found = await self._ledger.count(left)
            left = [
                account
                for at, account in enumerate(left)
                if not await self._counted(account, looks[at], found, at)
            ]
            if not left:
                return found.mark
        return None

    async def _counted(self, account: Account, look: Sequence[Any], found: Count, at: int) -> bool:
        state, listed, closed, corrected = look
        me = self._accounts.gateway
        if (int(closed), int(corrected)) > found.mark:
            return False
        generations = _pairs(listed)
        members = {name: int(generation) for name, generation in generations.items()}
        if state == "lost":  # the others count themselves when they come back, from a generation they know
            members = dict.fromkeys(found.open, 0)
        members[me] = account.generation
        base = found.outside(at, members)
        reply = await self._ask(
            account,
            "count",
            _up(base),
            base,
            *found.mark,
            account.period.ends_us // 1000 + _KEPT_MS,
            state,
            json.dumps(generations),
            json.dumps(sorted(found.closed)),
            json.dumps(sorted(found.others(account, me))),
        )
        return bool(reply[0] == "ok")

    async def _ask(self, account: Account, verb: str, *further: int | str) -> Sequence[Any]:
        spent = account.used + account.held
        floor = account.allowance or 0
        me, generation = self._accounts.gateway, account.generation
        args = (me, generation, account.used, account.held, _up(floor), _up(spent))
        reply: Sequence[Any] = await self._script(keys=[_key(account)], args=[verb, *args, *further])
        return reply

    def _away(self, accounts: Sequence[Account], trouble: str) -> None:
        """What is lent already may be spent; how much more there is nobody knows."""
        self._resting_until = time.monotonic() + _REST_S
        for account in accounts:
            account.allowance = account.allowance or 0
            account.pool, account.trouble = None, trouble


def _key(account: Account) -> str:
    """The same on every gateway for the same budget and period."""
    digest = blake2b(account.budget.identity.encode(), digest_size=8).hexdigest()
    return f"tiergate:budget:{digest}:{account.period.key}"


def _up(pico: int) -> int:
    """In micro-USD, never too little."""
    return -(-pico // MICRO)


def _pairs(listed: Sequence[str]) -> Mapping[str, str]:
    return dict(zip(listed[::2], listed[1::2], strict=True))


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
