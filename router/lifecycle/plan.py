"""What would change: a plan's figures out of the comparison and the ledger. Pure; money in whole pico-USD."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from router.domain.teams import Team, TeamNames
from router.lifecycle.compare import Comparison, Kind, Pair, Side, Sums
from router.lifecycle.crossed import Crossed
from router.lifecycle.measured import Measured
from router.lifecycle.past import Past, Window
from router.lifecycle.replay.outlook import CLOSE

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Quality:
    """Mean P(success) of the first candidates and its interval, over the `judged` requests of which it is
    known. `checked`: for how many requests the ledger has enough checked answers of that model on that
    task, `accepted` the share of those that passed, weighted by requests; None where it has none at all."""

    judged: int
    p: float | None
    low: float | None
    high: float | None
    checked: int
    accepted: float | None


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds, from the ledger's own answers of the chosen models on these tasks, weighted by requests.
    `seen`: requests whose model was measured on their task."""

    seen: int
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one policy makes of some requests. `expected_pico` by the catalog's usual output, `cost_pico` as
    the ledger corrects it; fallbacks and retries are in it as far as they were in the past."""

    refused: int
    expected_pico: int
    cost_pico: int
    quality: Quality
    latency: Latency


@dataclass(frozen=True, slots=True)
class Group:
    """Some requests under both policies. `changed`: another endpoint comes first, or one refuses what the
    other serves."""

    name: str
    requests: int
    changed: int
    newly_refused: int
    newly_served: int
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Change:
    """Requests whose first choice changes alike. `passed` of `checked` answers of the new model on that task
    were accepted; `checked` 0 is no evidence."""

    task: str | None
    before: Side
    after: Side
    requests: int
    cost_before_pico: int
    cost_after_pico: int
    p_before: float | None
    p_after: float | None
    passed: int
    checked: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Two policies on the recorded requests of a window. Digests name them; `paid_pico` is what the ledger
    saw. A team is named with its organisation, `acme/search`, where another one in the window has its name.
    See `Comparison` for the counts."""

    format: int
    in_force: str
    new: str
    since_us: int
    until_us: int
    team: str | None
    undecided: int
    simulated: int
    paid_pico: int
    otherwise: int
    as_recorded: int
    comparable: int
    leaves_now: int
    leaves_then: int
    total: Group
    teams: tuple[Group, ...]
    changes: tuple[Change, ...]
    budgets: Crossed

    @property
    def decides_otherwise(self) -> bool:
        """Whether any recorded request would be decided otherwise in any way."""
        return bool(self.otherwise or self.total.changed or self.leaves_now or self.leaves_then)

    @property
    def changes_something(self) -> bool:
        """That, or budgets would be crossed otherwise."""
        return self.decides_otherwise or any(one.differs for one in self.budgets.periods)


def plan(
    digests: tuple[str, str],
    window: Window,
    names: TeamNames,
    past: Past,
    found: Comparison,
    ledger: Measured,
    budgets: Crossed,
) -> Plan:
    """`digests` of the policy in force and of the new one; `names` of all teams in the window."""
    seen = {kind.team for kind in found.kinds}
    teams = [team for team in names.teams if team in seen]
    return Plan(
        FORMAT,
        *digests,
        window.since_us,
        window.until_us,
        None if window.team is None else names.name(window.team),
        past.undecided,
        int(past.simulated.sum()),
        sum(past.cost[past.cost > 0].tolist()),
        found.otherwise,
        found.as_recorded,
        found.comparable,
        found.leaves_now,
        found.leaves_then,
        _group("all", found.kinds, ledger),
        tuple(_group(names.name(team), _of_team(found.kinds, team), ledger) for team in teams),
        tuple(_changes(found.kinds, ledger)),
        budgets,
    )


def _of_team(kinds: Mapping[Kind, Pair], team: Team) -> Mapping[Kind, Pair]:
    return {kind: pair for kind, pair in kinds.items() if kind.team == team}


def changed(kind: Kind) -> bool:
    """Whether another endpoint comes first, none instead of one, or one instead of none."""
    return kind.before.endpoint != kind.after.endpoint


def _group(name: str, kinds: Mapping[Kind, Pair], ledger: Measured) -> Group:
    def count(of: Callable[[Kind], bool]) -> int:
        return sum(pair.requests for kind, pair in kinds.items() if of(kind))

    before = [(kind.task, kind.before, pair.requests, pair.before) for kind, pair in kinds.items()]
    after = [(kind.task, kind.after, pair.requests, pair.after) for kind, pair in kinds.items()]
    return Group(
        name,
        count(lambda _: True),
        count(changed),
        count(lambda kind: changed(kind) and kind.after.endpoint is None),
        count(lambda kind: changed(kind) and kind.before.endpoint is None),
        _outcome(before, ledger),
        _outcome(after, ledger),
    )


_Part = tuple[str | None, Side, int, Sums]


def _outcome(parts: Iterable[_Part], ledger: Measured) -> Outcome:
    parts = list(parts)
    by_pair: defaultdict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0])
    for task, side, requests, sums in parts:
        if side.model is not None:
            by_pair[side.model, task][0] += requests
            by_pair[side.model, task][1] += sums.cost
    weights = {pair: requests for pair, (requests, _) in by_pair.items()}
    return Outcome(
        sum(requests for _, side, requests, _ in parts if side.endpoint is None),
        sum(cost for _, cost in by_pair.values()),
        sum(ledger.calibrated(*pair, cost) for pair, (_, cost) in by_pair.items()),
        _quality([sums for *_, sums in parts], weights, ledger),
        _latency(weights, ledger),
    )


def _quality(sums: list[Sums], weights: Mapping[tuple[str, str | None], int], ledger: Measured) -> Quality:
    judged = sum(one.judged for one in sums)
    seen = {pair: n for pair, n in weights.items() if ledger.knows(*pair)}
    checked = sum(seen.values())
    accepted = sum(n * ledger.acceptance[pair].share for pair, n in seen.items())
    means = [sum(getattr(one, name) for one in sums) for name in ("p", "low", "high")]
    p, low, high = (mean / judged if judged else None for mean in means)
    return Quality(judged, p, low, high, checked, accepted / checked if checked else None)


def _latency(weights: Mapping[tuple[str, str | None], int], ledger: Measured) -> Latency:
    """The quantiles of the mixture: every measured duration weighs as many requests as it stands for."""
    seen = {pair: n for pair, n in weights.items() if pair in ledger.durations and n}
    if not seen:
        return Latency(0, None, None)
    durations = [ledger.durations[pair] for pair in seen]
    weight = np.concatenate(
        [np.full(len(d), n / len(d)) for d, n in zip(durations, seen.values(), strict=True)]
    )
    taken = np.concatenate(durations)
    order = np.argsort(taken, kind="stable")
    passed = np.cumsum(weight[order])
    p50, p95 = (
        float(taken[order][np.searchsorted(passed, q * passed[-1] - CLOSE).clip(0, len(taken) - 1)]) / 1e6
        for q in (0.5, 0.95)
    )
    return Latency(sum(seen.values()), p50, p95)


def _changes(kinds: Mapping[Kind, Pair], ledger: Measured) -> list[Change]:
    """Most requests first; teams together."""
    together: dict[tuple[str | None, Side, Side], list[Pair]] = {}
    for kind, pair in kinds.items():
        if changed(kind):
            together.setdefault((kind.task, kind.before, kind.after), []).append(pair)
    found = [_change(*key, pairs, ledger) for key, pairs in together.items()]
    return sorted(found, key=lambda c: (-c.requests, str(c.task), str(c.before), str(c.after)))


def _change(task: str | None, before: Side, after: Side, pairs: list[Pair], ledger: Measured) -> Change:
    evidence = None if after.model is None else ledger.acceptance.get((after.model, task))
    return Change(
        task,
        before,
        after,
        sum(pair.requests for pair in pairs),
        _calibrated(before, task, [pair.before for pair in pairs], ledger),
        _calibrated(after, task, [pair.after for pair in pairs], ledger),
        _mean([pair.before for pair in pairs]),
        _mean([pair.after for pair in pairs]),
        0 if evidence is None else evidence.passed,
        0 if evidence is None else evidence.checked,
    )


def _calibrated(side: Side, task: str | None, sums: list[Sums], ledger: Measured) -> int:
    cost = sum(one.cost for one in sums)
    return 0 if side.model is None else ledger.calibrated(side.model, task, cost)


def _mean(sums: list[Sums]) -> float | None:
    judged = sum(one.judged for one in sums)
    return sum(one.p for one in sums) / judged if judged else None
