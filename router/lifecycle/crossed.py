"""Budgets that the replayed requests would have crossed under either policy: which, when, by how much.

A period's spend is the sum of what first choices are expected to cost, each model and task corrected by what
the ledger paid for it, exact at every moment. A spent hard budget refuses what comes after it; that is not
followed here, so that both policies are held against the same requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from router.domain.budget import Budget
from router.domain.budget_period import Period, period_of
from router.domain.teams import Team
from router.lifecycle.measured import Measured
from router.lifecycle.past import Past, Window
from router.lifecycle.replay.columns import Ints
from router.lifecycle.replay.replay import Chosen, served_by
from router.policy.documents import Bundle

LIMIT = 100
"""Per cent of itself."""
_MOST_SUM = 2**62


@dataclass(frozen=True, slots=True)
class Crossing:
    """The request that began at `at_us` (Unix microseconds) brought the spend to `percent` of the limit."""

    percent: int
    at_us: int


@dataclass(frozen=True, slots=True)
class Spend:
    """Of one budget in one period under one policy, pico-USD; `crossings` in their order, none: it stayed
    below its first threshold."""

    limit_pico: int
    hard: bool
    spent_pico: int
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True)
class BudgetPeriod:
    """A budget that one of the policies would have crossed in a period. None: that policy has no such budget,
    or none with such periods. `whole` false: the plan's window holds only a part of the period."""

    budget: str
    period: str
    whole: bool
    before: Spend | None
    after: Spend | None

    @property
    def differs(self) -> bool:
        """Whether other thresholds are crossed under the new policy."""
        return _percents(self.before) != _percents(self.after)


@dataclass(frozen=True, slots=True)
class Crossed:
    """`judged` names every budget of either policy that was looked at; `partly` those of which a plan of one
    team sees only a part of the spend, and says nothing. `periods` are those crossed under either."""

    judged: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    periods: tuple[BudgetPeriod, ...] = ()


def crossed(
    past: Past,
    chosen: tuple[Chosen, Chosen],
    bundles: tuple[Bundle, Bundle],
    window: Window,
    teams: Sequence[Team],
    ledger: Measured,
) -> Crossed:
    """`chosen` of the policy in force and of the new one, in the order of `past`; `teams` are all that have
    requests in the window, also where it is one team's."""
    every = {budget.name: budget for bundle in reversed(bundles) for budget in bundle.budgets.all}
    judged = tuple(name for name, budget in every.items() if _whole_spend(budget, window.team, teams))
    found: tuple[_Periods, _Periods] = ({}, {})
    if len(past):
        for kept, side, bundle in zip(found, chosen, bundles, strict=True):
            spending = _Spending(past, side, bundle, ledger)
            for budget in bundle.budgets.all:
                if budget.name in judged:
                    kept |= {(budget.name, p.key): (p, s) for p, s in spending.periods(budget)}
    partly = tuple(name for name in every if name not in judged)
    return Crossed(judged, partly, tuple(_together(*found, window)))


_Periods = dict[tuple[str, str], tuple[Period, Spend]]
"""By name of the budget and key of the period."""


def _together(before: _Periods, after: _Periods, window: Window) -> Iterator[BudgetPeriod]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        period, _ = before[key] if old else after[key]
        whole = window.since_us <= period.starts_us and period.ends_us <= window.until_us
        made = BudgetPeriod(*key, whole, old and old[1], new and new[1])
        if _percents(made.before) or _percents(made.after):
            yield made


def _percents(spend: Spend | None) -> tuple[int, ...]:
    return () if spend is None else tuple(one.percent for one in spend.crossings)


def _whole_spend(budget: Budget, team: Team | None, teams: Sequence[Team]) -> bool:
    """Whether a plan of `team` alone sees everything that the budget counts: no other one's spend."""
    return team is None or [one for one in teams if budget.scope.has_team(one)] == [team]


class _Spending:
    """The spend of one policy's first choices, ready to be summed over any stretch of time."""

    def __init__(self, past: Past, chosen: Chosen, bundle: Bundle, ledger: Measured) -> None:
        columns = past.columns
        order = np.argsort(columns.now_us, kind="stable")
        self._budgets, self._ledger = bundle.budgets, ledger
        self._served = served_by(bundle)
        self._facts = [profile.facts for profile in columns.profiles]
        self._now = columns.now_us[order]
        self._names = [*dict.fromkeys(model.name for model, _ in self._served)]
        self._tasks = sorted({str(facts.task or "") for facts in self._facts})
        # Refused requests count at the end of every table, where they cost nothing.
        model = np.array([*(self._names.index(m.name) for m, _ in self._served), len(self._names)], np.int64)
        task = np.array([self._tasks.index(str(facts.task or "")) for facts in self._facts], np.int64)
        profile, endpoint = columns.profile[order], chosen.endpoint[order]
        pair = model[endpoint] * len(self._tasks) + task[profile]
        # By model and task, within them by time: where a pair's requests lie in time is `_at`.
        self._at = np.argsort(pair.astype(np.int32), kind="stable")
        self._pairs, starts = np.unique(pair[self._at], return_index=True)
        self._bounds = [*map(int, starts), len(pair)]
        self._profile, self._endpoint = profile[self._at], endpoint[self._at]
        self._cost = chosen.cost[order][self._at]

    def periods(self, budget: Budget) -> Iterator[tuple[Period, Spend]]:
        """Every period with requests, and how the budget stood at its end."""
        running = self._running(budget)
        first, last = int(self._now[0]), int(self._now[-1])
        period = period_of(budget.period, budget.zone, first)
        while True:
            start, end = (int(n) for n in np.searchsorted(self._now, [period.starts_us, period.ends_us]))
            yield period, self._spend(budget, running, start, end)
            if period.ends_us > last:
                return
            period = period_of(budget.period, budget.zone, period.ends_us)

    def _spend(self, budget: Budget, running: Ints, start: int, end: int) -> Spend:
        spent = self._between(running, start, end)
        crossings = []
        since = start
        for percent in sorted({*budget.thresholds, LIMIT}):
            if spent * 100 < percent * budget.limit:
                break
            since = self._reached(running, start, since, end, -(-percent * budget.limit // 100))
            crossings.append(Crossing(percent, int(self._now[since])))
        return Spend(budget.limit, budget.hard, spent, tuple(crossings))

    def _reached(self, running: Ints, start: int, low: int, high: int, amount: int) -> int:
        """The request with which `amount` is reached, counted from `start`; by halves of [low, high)."""
        while high - low > 1:
            middle = (low + high) // 2
            if self._between(running, start, middle) >= amount:
                high = middle
            else:
                low = middle
        return low

    def _running(self, budget: Budget) -> Ints:
        """What counts in the budget, summed up in the order of `_at`, from 0."""
        scope = budget.scope
        caller = np.array(
            [scope.has_caller(f.caller) and scope.has_workload(f.workload) for f in self._facts]
        )
        counted = (self._budgets.counted(budget, m.name, m.tier, e.id) for m, e in self._served)
        where = caller[self._profile] & np.array([*counted, False])[self._endpoint]
        cost = np.where(where, self._cost, 0)
        exact = int(cost.max()) * len(cost) < _MOST_SUM
        running = np.zeros(len(cost) + 1, np.int64 if exact else object)
        np.cumsum(cost if exact else cost.astype(object), out=running[1:])
        return running

    def _between(self, running: Ints, start: int, end: int) -> int:
        """Corrected spend of the requests [start, end) in time."""
        total = 0
        for pair, low, high in zip(self._pairs.tolist(), self._bounds, self._bounds[1:], strict=False):
            first, last = low + np.searchsorted(self._at[low:high], [start, end])
            cost = int(running[last]) - int(running[first])
            if cost:
                model, task = divmod(pair, len(self._tasks))
                total += self._ledger.calibrated(self._names[model], self._tasks[task] or None, cost)
        return total
