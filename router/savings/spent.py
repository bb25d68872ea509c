"""What was paid and for what: answers, retries, escalations, judges, idle hours of GPUs; by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from router.books.rollups.charges import USAGE
from router.books.rollups.facts import CHARGES, OUTCOMES
from router.books.rollups.gpu import IDLE, JUDGING, SHARE
from router.books.rollups.summed import By, Group, Period, summed
from router.domain.savings import Spent
from router.domain.shares import shares
from router.savings.period import routed

_PURPOSES = ("answers", "retries", "escalations", "unanswered")


def spent(connection: Connection, by: By, period: Period) -> dict[Group, Spent]:
    """Of every group; corrections are included. Judges and GPU hours count for what was held out as well."""
    paid = summed(connection, period, OUTCOMES, by, (), [f"{name}_pico" for name in _PURPOSES], routed)
    judges = summed(connection, period, OUTCOMES, by, (), ("judges_pico",))
    gpus = _idle(connection, by, period)
    made = {}
    for group in dict.fromkeys([*(key[0] for key in (*paid, *judges)), *gpus]):
        cost = dict(zip(_PURPOSES, paid.get((group,), [0] * len(_PURPOSES)), strict=True))
        made[group] = Spent(**cost, judges=judges.get((group,), [0])[0], idle_gpu=gpus.get(group, 0))
    return made


def _idle(connection: Connection, by: By, period: Period) -> dict[Group, int]:
    """What billed hours cost beyond the price book: each group's own shares, and the idle time of an endpoint
    by what its users paid for it there."""
    made: defaultdict[Group, int] = defaultdict(int)
    own = summed(connection, period, CHARGES, by, (), ("cost_pico",), lambda c: c.kind.in_((SHARE, JUDGING)))
    for (group,), (amount,) in own.items():
        made[group] += amount
    total = summed(
        connection, period, CHARGES, "all", ("endpoint",), ("cost_pico",), lambda c: c.kind == IDLE
    )
    if not total:
        return made
    users: defaultdict[str | None, list[tuple[Group, int]]] = defaultdict(list)
    paid = summed(connection, period, CHARGES, by, ("endpoint",), ("cost_pico",), lambda c: c.kind == USAGE)
    for (group, endpoint), (amount,) in sorted(paid.items(), key=_order):
        users[endpoint].append((group, amount))
    for (_, endpoint), (amount,) in total.items():
        for group, part in _divided(amount, users[endpoint]):
            made[group] += part
    return made


def _order(one: tuple[tuple[Any, ...], list[int]]) -> tuple[str, str]:
    """By endpoint, then by group."""
    group, endpoint = one[0]
    return endpoint, str(group or "")


def _divided(amount: int, users: Sequence[tuple[Group, int]]) -> list[tuple[Group, int]]:
    """By what they paid; what nobody used stands under no group."""
    weights = [weight for _, weight in users]
    if not sum(weights):
        return [(None, amount)]
    parts = zip(users, shares(amount, weights), strict=True)
    return [(name, part) for (name, _), part in parts]
