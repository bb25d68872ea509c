"""Savings from the sums: what was compared with a baseline, and both arms of a holdout; by group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection

from router.books.rollups.facts import LENGTHS, OUTCOMES
from router.books.rollups.summed import By, Group, Period, called, summed
from router.domain.savings import Arm, Compared, Lengths, Measured, Savings, measured, savings
from router.savings.period import known, routed
from router.savings.spent import spent

_COMPARED = ("compared", "baseline_pico", "baseline_output_pico", "baseline_output")


@dataclass(frozen=True, slots=True)
class Found:
    """A group with its savings, and how many of its requests simulated upstreams had a part in."""

    group: str | None
    simulated: int
    savings: Savings


def found(connection: Connection, by: By, period: Period) -> list[Found]:
    """Savings by group, the largest net one first. What is held out is an arm of the measurement only."""
    compared, arms = _compared(connection, by, period), _arms(connection, by, period)
    made = []
    simulated = summed(connection, period, OUTCOMES, by, (), ("requests",), lambda c: c.simulated.is_(True))
    costs = spent(connection, by, period)
    names = called(costs)
    for group, cost in costs.items():
        whole_of = savings(compared.get(group, []), cost, _measured(arms.get(group)))
        made.append(Found(names[group], simulated.get((group,), [0])[0], whole_of))
    return sorted(made, key=lambda one: (-one.savings.net.middle, one.group or ""))


def _measured(arms: dict[bool, Arm] | None) -> Measured | None:
    if arms is None or len(arms) < 2:
        return None
    return measured(arms[True], arms[False])


def _compared(connection: Connection, by: By, period: Period) -> dict[Group, list[Compared]]:
    lengths = {
        (model, task): Lengths(*numbers)
        for (_, model, task), numbers in summed(
            connection, period, LENGTHS, "all", ("model", "task"), ("answers", "output", "output_squares")
        ).items()
    }
    rows = summed(connection, period, OUTCOMES, by, ("baseline_model", "task"), _COMPARED, routed)
    made: defaultdict[Group, list[Compared]] = defaultdict(list)
    for (group, model, task), (count, baseline, part, expected) in rows.items():
        if count:
            made[group].append(Compared(count, baseline, part, expected, lengths.get((model, task))))
    return made


def _arms(connection: Connection, by: By, period: Period) -> dict[Group, dict[bool, Arm]]:
    rows = summed(
        connection, period, OUTCOMES, by, ("holdout",), ("requests", "cost_pico", "cost_squares"), known,
        lambda c: c.holdout.is_not(None),
    )  # fmt: skip
    made: defaultdict[Group, dict[bool, Arm]] = defaultdict(dict)
    for (group, held_out), numbers in rows.items():
        made[group][bool(held_out)] = Arm(*numbers)
    return made
