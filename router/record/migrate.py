"""Brings the ledger's schema to this version's. Safe when many processes start at once: one migrates,
the others wait for it and find nothing to do.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine

from router.record.engine import sqlite_file
from router.record.locks import lock_schema


class LedgerTooNew(Exception):
    """The database was migrated by a later version of Tiergate."""


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made here so that no alembic.ini has to be found."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """The revision this version of the code works with."""
    revision = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert revision is not None
    return revision


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrades in one transaction under a lock; a SQLite ledger gets its folder and file.

    Raises SQLAlchemyError, OSError, LedgerTooNew.
    """
    file = sqlite_file(engine)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    with engine.connect() as connection:
        lock_schema(connection)
        try:
            command.upgrade(alembic_config(connection), revision)
        except CommandError as error:
            raise LedgerTooNew(
                f"the ledger's schema is not known to this version of Tiergate: {error}"
            ) from error
        connection.commit()


def is_current(engine: Engine) -> bool:
    """Whether the schema is this version's; False for an older one. Raises SQLAlchemyError, LedgerTooNew."""
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision == head_revision():
        return True
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise LedgerTooNew(f"the ledger's schema {revision} is not known to this version of Tiergate")
    return False


def downgrade(engine: Engine, revision: str) -> None:
    """Takes the schema back to `revision`; rows of dropped tables are lost."""
    with engine.connect() as connection:
        lock_schema(connection)
        command.downgrade(alembic_config(connection), revision)
        connection.commit()
