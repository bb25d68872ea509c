"""Budgets: whose spend they count, in which period, and what a gateway may still spend of one. Pure.

Reserve, then settle: the most that a call can cost is held before it is made, and becomes what it cost when
it has ended. Every amount is whole pico-USD. Nothing here waits, so that nobody comes between look and hold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from router.domain.budget_period import Period, PeriodKind, Zone
from router.domain.caller import Caller
from router.domain.kinds import Tier
from router.domain.match import all_or_any
from router.domain.money import PicoUSD
from router.domain.teams import Team


class Enforcement(StrEnum):
    """`hard`: what is over the limit is refused. `soft`: people are told."""

    HARD = "hard"
    SOFT = "soft"


class WhenSpent(StrEnum):
    """What is left of a request when no paid candidate fits a hard budget any more."""

    DENY = "deny"
    FREE_CANDIDATES = "free_candidates"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose spend counts: every given field must match, any of its values may; a text ending in `*` matches
    by its start. Empty: everybody's."""

    organisation: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    workload: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    tier: frozenset[Tier] = frozenset()

    def given(self) -> dict[str, list[str]]:
        """The fields that say something, in their order."""
        named = {name: sorted(map(str, getattr(self, name))) for name in self.__slots__}
        return {name: values for name, values in named.items() if values}

    def has_caller(self, caller: Caller) -> bool:
        """Whether some of the caller's spend counts."""
        return (
            all_or_any(self.organisation, caller.organisation)
            and all_or_any(self.team, caller.team)
            and all_or_any(self.project, caller.project)
            and all_or_any(self.key, caller.key_id)
        )

    def has_team(self, team: Team) -> bool:
        """Whether some of the team's spend may count."""
        return all_or_any(self.organisation, team.organisation) and all_or_any(self.team, team.name)

    def has_workload(self, workload: str | None) -> bool:
        return all_or_any(self.workload, workload)

    def has_model(self, model: str, tier: str) -> bool:
        return (not self.tier or tier in self.tier) and all_or_any(self.model, model)


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget. `self_hosted` false: calls of endpoints that are paid by the GPU-hour do not count.
    `thresholds` are per cent of the limit, ascending; `email` is who hears of them beside the settings'."""

    name: str
    scope: Scope
    period: PeriodKind
    zone: Zone
    limit: PicoUSD
    enforcement: Enforcement
    when_spent: WhenSpent = WhenSpent.FREE_CANDIDATES
    self_hosted: bool = True
    thresholds: tuple[int, ...] = ()
    email: tuple[str, ...] = ()
    identity: str = field(init=False, repr=False, compare=False)
    """What its figures depend on, the same text in every process: equal ones count the same spend."""

    @property
    def hard(self) -> bool:
        return self.enforcement is Enforcement.HARD

    def __post_init__(self) -> None:
        said = [
            self.name,
            self.scope.given(),
            self.period,
            str(self.zone),
            self.self_hosted,
            self.enforcement,
        ]
        object.__setattr__(self, "identity", json.dumps(said))


@dataclass(frozen=True, slots=True)
class Budgets:
    """All budgets in force. `by_the_hour` are the endpoints that are paid by the GPU-hour."""

    all: tuple[Budget, ...] = ()
    by_the_hour: frozenset[str] = frozenset()

    def counted(self, budget: Budget, model: str, tier: str, endpoint: str) -> bool:
        """Whether a call counts, of a caller and a workload in the budget's scope."""
        if not budget.self_hosted and endpoint in self.by_the_hour:
            return False
        return budget.scope.has_model(model, tier)


NO_BUDGETS: Final = Budgets()


@dataclass(slots=True)
class Account:
    """A budget in one period, as one gateway keeps it.

    `allowance` is what this gateway may spend of it, from the period's first moment to its last, and `used`
    and `held` what it has spent and set aside; `pool` is what it might be given more, as far as it knows.
    None: it was not told yet (of a soft budget, which has neither: no limit holds). `elsewhere` and
    `elsewhere_held` are spend and reservations of everybody else. `generation` is the gateway's when it began
    to count."""

    budget: Budget
    period: Period
    generation: int
    allowance: int | None = None
    pool: int | None = None
    used: int = 0
    held: int = 0
    elsewhere: int | None = None
    elsewhere_held: int = 0
    cushion: int = 0
    """What a gateway that shares the budget keeps beyond what it needs, so as not to ask for every call."""
    trouble: str | None = None
    """Why nobody said how much may be spent."""
    missing: int = 0
    """The most that was asked for in vain since more was last asked for."""

    @property
    def room(self) -> int:
        """What may be held here and now."""
        return (self.allowance or 0) - self.used - self.held

    @property
    def reach(self) -> int:
        """What may be held after asking for more."""
        return self.room + (self.pool or 0)

    @property
    def known(self) -> bool:
        """Whether a refusal is because of money, not because nobody knows how much is left."""
        return self.allowance is not None and self.pool is not None

    @property
    def spent(self) -> int | None:
        """All spend in the period, everybody's; None: not counted yet."""
        return None if self.elsewhere is None else self.elsewhere + self.used

    def fits(self, amount: int, left: int) -> bool:
        """Whether a call of at most `amount` may be made with `left`, the room or the reach. What costs
        nothing always may, save where the budget denies and nothing is left."""
        if not self.budget.hard:
            return True
        if amount == 0:
            return self.budget.when_spent is WhenSpent.FREE_CANDIDATES or left > 0
        return amount <= left

    def settle(self, held: int, cost: int) -> None:
        """What was held became `cost`: 0 gives it back. More than was held is counted all the same."""
        self.held -= held
        self.used += cost


@dataclass(slots=True)
class Hold:
    """What is set aside for one call, the same amount in every account of it, by the gateway `holder`."""

    amount: PicoUSD
    holder: str
    accounts: tuple[Account, ...]

    def settle(self, cost: PicoUSD | None) -> None:
        """The call has ended; None: nobody knows what it cost, so it may have cost all that was held. Counts
        once, however often it is called."""
        for account in self.accounts:
            account.settle(self.amount, self.amount if cost is None else cost)
        self.accounts = ()


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why nothing is set aside: `spent`, or else how much is left is not known just now."""

    reason: str
    spent: bool
