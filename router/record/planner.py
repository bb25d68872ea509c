"""What PostgreSQL's planner has to know where much of the ledger is read at once. SQLite is asked nothing.

Its statistics come from autovacuum, which looks once a minute: just after a large load it plans for tables
that are empty or a tenth of what they are, and reads them whole for every hour that is summed up.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, Table, text

_FOR_HOURS = {
    # The rows of an hour lie close together. Its own guess, that each is on a page anywhere on a disk, makes
    # reading a day's rows by their ids look dearer than reading those of all days.
    "random_page_cost": "1.1",
    "enable_seqscan": "off",
    "work_mem": "32MB",
    # Compiling the wide sums takes longer than they do.
    "jit": "off",
    # How many rows hours have is known only with the hours: never a plan for any hours.
    "plan_cache_mode": "force_custom_plan",
}
_CHANGED = text(
    "SELECT relname FROM pg_stat_user_tables WHERE relid = ANY(CAST(:names AS regclass[]))"
    " AND n_mod_since_analyze * 5 > n_live_tup"
)


def plan_for_hours(connection: Connection) -> None:
    """For the rest of the transaction, which reads all rows of some hours."""
    if connection.dialect.name == "postgresql":
        for name, setting in _FOR_HOURS.items():
            connection.exec_driver_sql(f"SET LOCAL {name} = '{setting}'")


def analyse(engine: Engine, tables: Iterable[Table]) -> None:
    """Takes new statistics of the tables. Raises SQLAlchemyError."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _analyse(connection, [table.name for table in tables])


def analyse_changed(engine: Engine, tables: Iterable[Table]) -> None:
    """The same of those of which more than a fifth changed since the last time: autovacuum is behind."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            names = [table.name for table in tables]
            _analyse(connection, list(connection.execute(_CHANGED, {"names": names}).scalars()))


def _analyse(connection: Connection, names: list[str]) -> None:
    if names:  # without any, it would be all tables
        connection.exec_driver_sql(f"ANALYZE {', '.join(names)}")
