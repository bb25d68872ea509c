"""Two bundles over the same past, summed by what is alike: the one pass over all requests of a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from router.domain.teams import Team
from router.lifecycle.past import Past
from router.lifecycle.replay.chunk import Replayed
from router.lifecycle.replay.collect import narrowed
from router.lifecycle.replay.columns import Bools, Ints
from router.lifecycle.replay.replay import Chosen, Replay
from router.policy.documents import Bundle

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Side:
    """What one policy makes of a kind of request. `endpoint` None: refused."""

    rule: str
    model: str | None
    endpoint: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests that are alike to a plan."""

    team: Team
    task: str | None
    before: Side
    after: Side


@dataclass(slots=True)
class Sums:
    """Over `requests` of a kind. `cost` is what the first candidates are expected to cost in pico-USD, `p`,
    `low` and `high` sum P(success) and its interval over the `judged` ones of which it is known."""

    cost: int = 0
    judged: int = 0
    p: float = 0.0
    low: float = 0.0
    high: float = 0.0


@dataclass(slots=True)
class Pair:
    """Both sides of a kind."""

    requests: int = 0
    before: Sums = field(default_factory=Sums)
    after: Sums = field(default_factory=Sums)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`kinds` hold every replayed request once. `otherwise`: requests whose rule, candidates or expected cost
    differ in any way. `as_recorded` of `comparable` requests that were decided under the policy in force
    begin with the endpoint that they began with then. `leaves_now`: requests with a candidate in force that
    the new residency rules forbid; `leaves_then`: with a new candidate that those in force forbid.
    `through_decide`: requests that were too close to call in columns. `chosen` under both, one by one."""

    kinds: dict[Kind, Pair]
    otherwise: int
    as_recorded: int
    comparable: int
    leaves_now: int
    leaves_then: int
    through_decide: int
    chosen: tuple[Chosen, Chosen]


def compare(past: Past, before: Bundle, after: Bundle, progress: Progress) -> Comparison:
    """Both bundles on all requests of `past`; `progress` is told how many are done."""
    if not len(past):
        return Comparison({}, 0, 0, 0, 0, 0, 0, (Chosen.empty(0), Chosen.empty(0)))
    narrow = replace(past, columns=narrowed(past.columns, _tags_read(before, after)))
    return _Comparing(narrow, before, after).run(progress)


def _tags_read(*bundles: Bundle) -> frozenset[str] | None:
    """The tags that some rule asks for; None: an expression may ask for any."""
    rules = [rule for bundle in bundles for rule in bundle.policy.rules]
    if any(rule.when is not None and "tags" in rule.when.names for rule in rules):
        return None
    return frozenset(name for rule in rules for name in rule.match.tags)


class _Comparing:
    def __init__(self, past: Past, before: Bundle, after: Bundle) -> None:
        self._past, self._before, self._after = (
            past,
            Replay(before, past.columns),
            Replay(after, past.columns),
        )
        facts = [profile.facts for profile in past.columns.profiles]
        teams = [Team(one.caller.organisation, one.caller.team) for one in facts]
        self._teams = sorted(set(teams))
        self._tasks = sorted({str(one.task or "") for one in facts})
        self._team = np.array([self._teams.index(team) for team in teams], np.int64)
        self._task = np.array([self._tasks.index(str(one.task or "")) for one in facts], np.int64)
        self._kinds: dict[Kind, Pair] = {}
        self._same = _same_endpoints(self._before, self._after)

    def run(self, progress: Progress) -> Comparison:
        otherwise = as_recorded = comparable = now = then = 0
        first = self._recorded_endpoints()
        try:
            in_force = self._past.digests.index(self._before.bundle.digest)
        except ValueError:
            in_force = -2
        now_allowed = self._after.place_allowed(self._before.served)
        then_allowed = self._before.place_allowed(self._after.served)
        chosen = Chosen.empty(len(self._past)), Chosen.empty(len(self._past))
        pairs = zip(self._before.chunks(), self._after.chunks(), strict=True)
        for (part, before), (_, after) in pairs:
            otherwise += int(self._otherwise(before, after).sum())
            of_it = self._past.digest[part] == in_force
            comparable += int(of_it.sum())
            as_recorded += int((of_it & (before.endpoint == first[part])).sum())
            now += _leaving(before.may, now_allowed[self._after.rows(part)])
            then += _leaving(after.may, then_allowed[self._before.rows(part)])
            self._sum(part, before, after)
            for kept, found in zip(chosen, (before, after), strict=True):
                kept.keep(part, found)
            progress(part.stop)
        return Comparison(
            self._kinds,
            otherwise,
            as_recorded,
            comparable,
            now,
            then,
            self._before.through_decide + self._after.through_decide,
            chosen,
        )

    def _recorded_endpoints(self) -> Ints:
        """The recorded first choice as the bundle in force counts its endpoints; -3: it has no such."""
        ids = {endpoint.id: n for n, (_, endpoint) in enumerate(self._before.served)}
        known = np.array([*(ids.get(name, -3) for name in self._past.names), -1], np.int64)
        return known[self._past.first]

    def _otherwise(self, before: Replayed, after: Replayed) -> Bools:
        """Another rule, another first candidate, other candidates, or another expected cost."""
        rules = _same_rules(self._before, self._after)
        differs: Bools = rules[before.rule] != after.rule
        differs |= self._same[before.endpoint] != after.endpoint
        differs |= (before.endpoint >= 0) & (before.cost != after.cost)
        differs |= before.may.sum(axis=1) != after.may.sum(axis=1)
        for at, other in enumerate(self._same[:-1]):
            if other >= 0:
                differs |= before.may[:, at] != after.may[:, other]
            else:
                differs |= before.may[:, at]
        return differs

    def _sum(self, part: slice, before: Replayed, after: Replayed) -> None:
        profile = self._past.columns.profile[part]
        places = (
            self._team[profile],
            self._task[profile],
            before.rule,
            before.endpoint + 1,
            after.rule,
            after.endpoint + 1,
        )
        shape = tuple(int(place.max()) + 1 for place in places)
        keys, row = np.unique(np.ravel_multi_index(places, shape), return_inverse=True)
        counts = np.bincount(row, minlength=len(keys))
        sums = [_sums(side, row, len(keys)) for side in (before, after)]
        for n, key in enumerate(zip(*np.unravel_index(keys, shape), strict=True)):
            pair = self._kinds.setdefault(self._kind(*map(int, key)), Pair())
            pair.requests += int(counts[n])
            _add(pair.before, sums[0][n])
            _add(pair.after, sums[1][n])

    def _kind(self, team: int, task: int, rule: int, endpoint: int, new_rule: int, new_endpoint: int) -> Kind:
        return Kind(
            self._teams[team],
            self._tasks[task] or None,
            _side(self._before, rule, endpoint - 1),
            _side(self._after, new_rule, new_endpoint - 1),
        )


def _side(replay: Replay, rule: int, endpoint: int) -> Side:
    name = replay.bundle.policy.rules[rule].name
    if endpoint < 0:
        return Side(name, None, None)
    model, found = replay.served[endpoint]
    return Side(name, model.name, found.id)


def _sums(side: Replayed, row: Ints, count: int) -> list[Sums]:
    costs = np.zeros(count, np.int64)
    np.add.at(costs, row, np.where(side.endpoint >= 0, side.cost, 0))
    known = side.p == side.p
    judged = np.bincount(row, known, count)
    p, low, high = (
        np.bincount(row, np.where(known, column, 0.0), count) for column in (side.p, side.p_low, side.p_high)
    )
    return [
        Sums(int(costs[n]), int(judged[n]), float(p[n]), float(low[n]), float(high[n])) for n in range(count)
    ]


def _add(total: Sums, part: Sums) -> None:
    total.cost += part.cost
    total.judged += part.judged
    total.p += part.p
    total.low += part.low
    total.high += part.high


def _same_endpoints(before: Replay, after: Replay) -> Ints:
    """Where each endpoint stands among the others' (-2: it does not); the last one stands for none."""
    ids = {endpoint.id: n for n, (_, endpoint) in enumerate(after.served)}
    return np.array([*(ids.get(endpoint.id, -2) for _, endpoint in before.served), -1], np.int64)


def _same_rules(before: Replay, after: Replay) -> Ints:
    names = {rule.name: n for n, rule in enumerate(after.bundle.policy.rules)}
    return np.array([names.get(rule.name, -2) for rule in before.bundle.policy.rules], np.int64)


def _leaving(may: Bools, allowed: Bools) -> int:
    return int((may & ~allowed).any(axis=1).sum())
