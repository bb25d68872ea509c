"""Which gateways may have reserved from budgets, and whose journals are in the ledger to the last line."""

from __future__ import annotations

from sqlalchemy import Connection, update
from sqlalchemy.dialects import postgresql, sqlite

from router.record.budget_tables import budget_gateways

SHIPPER = "shipper"


def seen(connection: Connection, gateway: str, now_us: int) -> None:
    """Writes down that a gateway runs."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(budget_gateways).values(id=gateway, started_us=now_us, seen_us=now_us)
    connection.execute(row.on_conflict_do_update(index_elements=["id"], set_={"seen_us": now_us}))


def close(connection: Connection, gateway: str, now_us: int, by: str) -> bool:
    """All of a gateway's journal is in the ledger, or `by` gives it up for lost: whether it was open."""
    row = budget_gateways.c
    change = update(budget_gateways).where(row.id == gateway, row.closed_us.is_(None))
    return connection.execute(change.values(closed_us=now_us, closed_by=by)).rowcount == 1
