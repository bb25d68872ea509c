"""One part of the columns decided: matrices of requests x endpoints, then the first of each."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from router.domain.catalog import Endpoint, Model
from router.domain.load import salt
from router.domain.policy import Policy
from router.domain.prices import PriceBook
from router.lifecycle.replay.columns import Bools, Columns, Floats, Ints, Units
from router.lifecycle.replay.first import EXACT, Candidates, first_of
from router.lifecycle.replay.fixed import Fixed, Served
from router.lifecycle.replay.outlook import CLOSE, Curves, Prospect, end_of, prospect
from router.lifecycle.replay.prices import tariff

_MOST_PRODUCT = 2.0**62


@dataclass(frozen=True, slots=True)
class Replayed:
    """One entry a request. `rule` and `endpoint` count in the bundle's order; `endpoint` is -1 without a
    candidate. `may`: requests x endpoints, the candidates. Of the first candidate: `cost` in pico-USD,
    `output` tokens, `p`, `p_low`, `p_high` 0..1 and `seconds`, NaN where not known."""

    rule: Ints
    endpoint: Ints
    may: Bools
    cost: Ints
    output: Ints
    p: Floats
    p_low: Floats
    p_high: Floats
    seconds: Floats

    @classmethod
    def nobody(cls, rule: Ints) -> Replayed:
        """Where no endpoint is active."""
        count, unknown = len(rule), np.full(len(rule), np.nan)
        none = np.zeros(count, np.int64)
        may = np.zeros((count, 0), np.bool_)
        return cls(rule, none - 1, may, none, none, unknown, unknown, unknown, unknown)


@dataclass(slots=True)
class _Matrices:
    """Requests x endpoints, filled endpoint by endpoint."""

    may: Bools
    cost: Ints
    output: Ints
    p: Floats
    judged: Floats
    seconds: Floats
    total: Floats

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> _Matrices:
        return cls(
            np.zeros(shape, np.bool_),
            np.zeros(shape, np.int64),
            np.zeros(shape, np.int64),
            np.full(shape, -1.0),
            np.full(shape, -1.0),
            np.full(shape, np.nan),
            np.full(shape, np.inf),
        )


class Chunk:
    """Requests with the rows of `Fixed` that are theirs."""

    def __init__(self, columns: Columns, rule: Ints, row: Ints, table: Fixed, curves: Curves) -> None:
        self._columns, self._rule, self._curves = columns, rule, curves
        self._fixed = Fixed(*(getattr(table, field.name)[row] for field in fields(Fixed)))
        self._prospects: dict[str, Prospect] = {}
        self._close = self._fixed.chained.copy()

    def replayed(self, policy: Policy, prices: PriceBook, served: Served) -> tuple[Replayed, Ints]:
        """The decisions, and which of them are too close to call in floating point or chained. `served` has
        at least one endpoint."""
        found = _Matrices.empty((len(self._columns), len(served)))
        for at, (model, endpoint) in enumerate(served):
            if self._fixed.may[:, at].any():
                self._fill(found, at, model, endpoint, policy.cache_warm_s, prices)
        first, close = first_of(self._candidates(found, served))
        self._close |= close
        return self._chosen(found, first, served), np.flatnonzero(self._close)

    def _fill(
        self, m: _Matrices, at: int, model: Model, endpoint: Endpoint, warm_s: float, prices: PriceBook
    ) -> None:
        fixed, sent = self._fixed, self._columns.input_tokens
        found = self._prospect(model)
        price = tariff(prices, model.name, endpoint.id, self._columns)
        dear = found.output * np.float64(price.output.max()) + sent * np.float64(price.input.max())
        cost = sent * price.input + found.output * price.output
        read_once = (fixed.cached == at) & (price.cache_read >= 0) & (self._columns.age_s <= warm_s)
        if warm_s and read_once.any():
            saved = np.minimum(self._columns.cached, sent) * (price.input - price.cache_read)
            cost = np.where(read_once, cost - np.maximum(0, saved), cost)
        may = fixed.may[:, at] & price.priced & self._fits(at, model, endpoint) & (cost <= fixed.max_cost)
        judged = self._judged(found)
        target = fixed.target
        self._close |= fixed.may[:, at] & (found.close | (dear > _MOST_PRODUCT) | (cost > EXACT))
        self._close |= may & (np.abs(judged - target) < CLOSE)
        m.may[:, at], m.cost[:, at], m.output[:, at] = may, cost, found.output
        known = found.p == found.p
        m.p[known, at], m.judged[known, at] = found.p[known], judged[known]
        if endpoint.tokens_per_second is not None and endpoint.first_token_s is not None:
            m.seconds[:, at] = endpoint.first_token_s + found.output / endpoint.tokens_per_second
            self._close |= may & (np.abs(m.seconds[:, at] - fixed.latency_target) < CLOSE)
        m.total[:, at] = self._total(cost, found.p, m.seconds[:, at])

    def _prospect(self, model: Model) -> Prospect:
        found = self._prospects.get(model.name)
        if found is None:
            found = self._prospects[model.name] = prospect(model, self._columns, self._curves)
        return found

    def _judged(self, found: Prospect) -> Floats:
        cautious = self._fixed.cautious
        return np.where(cautious, end_of(found, self._curves, -1.0), found.p) if cautious.any() else found.p

    def _fits(self, at: int, model: Model, endpoint: Endpoint) -> Bools:
        """As `policy/constraints` has it of the context."""
        asked = self._columns.max_output
        wanted = np.where(asked > 0, asked, self._fixed.wanted[:, at])
        if model.max_output is not None:
            wanted = np.minimum(wanted, model.max_output)
        return np.asarray(self._columns.input_tokens + wanted <= endpoint.context)

    def _total(self, cost: Ints, p: Floats, seconds: Floats) -> Floats:
        fixed = self._fixed
        failure = fixed.failure
        if not (failure == failure).any():
            return np.full(len(cost), np.inf)
        total = cost + np.rint((1.0 - p) * failure)
        wait = np.rint(seconds * fixed.latency)
        total = np.where(wait == wait, total + wait, total)
        return np.where(total == total, total, np.inf)

    def _candidates(self, m: _Matrices, served: Served) -> Candidates:
        fixed, target = self._fixed, self._fixed.target[:, None]
        names = [model.name for model, _ in served]
        with np.errstate(invalid="ignore"):
            meets = (target != target) | (m.judged >= target)
        meets &= (target != target) | (m.p >= 0.0)
        failure = np.where(fixed.failure == fixed.failure, fixed.failure, 0.0)
        with np.errstate(invalid="ignore"):
            late = m.seconds > fixed.latency_target[:, None]
        return Candidates(
            m.may,
            (2 * fixed.unhealthy + late).astype(np.float64),
            fixed.tier,
            m.cost.astype(np.float64),
            m.p,
            m.judged,
            meets,
            m.total,
            fixed.order,
            self._incumbent(m.may),
            fixed.stayed,
            fixed.staying,
            2.0 + CLOSE * failure,
            np.array([names.index(name) for name in names], np.int64),
            m.seconds,
            self._weights(served),
        )

    def _weights(self, served: Served) -> Units:
        """Of each endpoint for the request's conversation; the same for all where none is known."""
        if not self._fixed.placed.any():
            return np.zeros((1, len(served)), np.uint64)
        salts = np.array([salt(endpoint.id) for _, endpoint in served], np.uint64)
        mixed = self._columns.conversation[:, None] ^ salts[None, :]
        with np.errstate(over="ignore"):
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
        return np.where(self._fixed.placed[:, None], mixed, np.uint64(0))

    def _incumbent(self, may: Bools) -> Ints:
        """Who of the candidates served the previous turn; in a tool loop its model elsewhere will do."""
        exact, rows = self._fixed.exact, np.arange(len(may))
        serves = (exact >= 0) & may[rows, exact]
        kin = self._fixed.kin & may
        return np.where(serves, exact, np.where(kin.any(axis=1), kin.argmax(axis=1), -1))

    def _chosen(self, m: _Matrices, first: Ints, served: Served) -> Replayed:
        rows = np.arange(len(first))
        endpoint = np.where(m.may.any(axis=1), first, -1)
        p = np.where(endpoint < 0, np.nan, m.p[rows, first])
        p = np.where(p < 0.0, np.nan, p)
        low, high = np.full(len(p), np.nan), np.full(len(p), np.nan)
        for name, found in self._prospects.items():
            of_it = np.array([model.name == name for model, _ in served], np.bool_)
            here = np.flatnonzero((endpoint >= 0) & of_it[first])
            if len(here):
                part = Prospect(*(getattr(found, field.name)[here] for field in fields(Prospect)))
                curves = self._curves.part(here)
                low[here], high[here] = end_of(part, curves, -1.0), end_of(part, curves, 1.0)
        return Replayed(
            self._rule,
            endpoint,
            m.may,
            m.cost[rows, first],
            m.output[rows, first],
            p,
            low,
            high,
            m.seconds[rows, first],
        )
