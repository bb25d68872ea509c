"""Unit costs from the sums: of all requests, and of those verified, judged or reported; by group."""

from __future__ import annotations

from sqlalchemy import Connection

from router.books.rollups.facts import OUTCOMES
from router.books.rollups.summed import By, Group, Period, called, summed
from router.domain.kinds import Verdict
from router.domain.outcomes import Accepted, Basis, UnitCost
from router.savings.period import known

Groups = dict[Group, Accepted]


def unit_costs(connection: Connection, by: By, period: Period) -> dict[str | None, UnitCost]:
    """The unit costs of each group, over its requests of known cost."""
    rows = summed(
        connection,
        period,
        OUTCOMES,
        by,
        (),
        ("requests", "cost_pico", "input_tokens", "output_tokens"),
        known,
    )
    accepted = {Basis.VERIFIED: _verified(connection, by, period)}
    for basis in (Basis.JUDGED, Basis.REPORTED):
        accepted[basis] = _looked_at(connection, by, period, basis)
    names = called(group for (group,) in rows)
    return {
        names[group]: UnitCost(
            count,
            amount,
            sent + written,
            tuple(accepted[basis].get(group, Accepted(basis, 0, 0, 0)) for basis in Basis),
        )
        for (group,), (count, amount, sent, written) in sorted(
            rows.items(), key=lambda row: str(row[0][0] or "")
        )
    }


def _verified(connection: Connection, by: By, period: Period) -> Groups:
    decided = (Verdict.PASSED.value, Verdict.FAILED.value)
    rows = summed(
        connection, period, OUTCOMES, by, ("verdict",), ("requests", "cost_pico"), known,
        lambda c: c.verdict.in_(decided),
    )  # fmt: skip
    found: Groups = {}
    for (group, verdict), (count, cost) in rows.items():
        before = found.get(group, Accepted(Basis.VERIFIED, 0, 0, 0))
        good = before.good + (count if verdict == Verdict.PASSED else 0)
        found[group] = Accepted(Basis.VERIFIED, before.looked_at + count, good, before.cost + cost)
    return found


def _looked_at(connection: Connection, by: By, period: Period, basis: Basis) -> Groups:
    name = basis.value
    measures = (name, f"{name}_good", f"{name}_cost_pico")
    rows = summed(connection, period, OUTCOMES, by, (), measures, known)
    return {group: Accepted(basis, *numbers) for (group,), numbers in rows.items()}
