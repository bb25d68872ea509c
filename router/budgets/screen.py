"""How budgets stand, written where screens read it: the tables of `record/budget_tables.py`. Blocks."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, Table, delete
from sqlalchemy.dialects import postgresql, sqlite

from router.domain.budget import Account, Budget
from router.domain.money import PicoUSD
from router.record.budget_tables import budget_periods, budgets

Forecasts = dict[tuple[str, str], PicoUSD | None]
"""By name of budget and key of period."""


def write_definitions(connection: Connection, found: Sequence[Budget], digest: str, now_us: int) -> None:
    """The budgets in force, and no others."""
    connection.execute(delete(budgets).where(budgets.c.name.not_in([budget.name for budget in found])))
    for position, budget in enumerate(found):
        _put(
            connection,
            budgets,
            name=budget.name,
            position=position,
            match=json.dumps(budget.scope.given()),
            period=str(budget.period),
            time_zone=str(budget.zone),
            limit_pico=budget.limit,
            enforcement=str(budget.enforcement),
            when_spent=str(budget.when_spent),
            thresholds=json.dumps(budget.thresholds),
            policy_digest=digest,
            updated_us=now_us,
        )


def write_periods(
    connection: Connection, accounts: Sequence[Account], forecasts: Forecasts, now_us: int
) -> None:
    """How the accounts stand that have been counted."""
    for account in accounts:
        if account.spent is None:
            continue
        _put(
            connection,
            budget_periods,
            budget=account.budget.name,
            period=account.period.key,
            starts_us=account.period.starts_us,
            ends_us=account.period.ends_us,
            limit_pico=account.budget.limit,
            spent_pico=account.spent,
            reserved_pico=account.held + account.elsewhere_held,
            forecast_pico=forecasts.get((account.budget.name, account.period.key)),
            updated_us=now_us,
        )


def _put(connection: Connection, table: Table, **values: object) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    connection.execute(insert(table).values(values).on_conflict_do_update(index_elements=keys, set_=rest))
