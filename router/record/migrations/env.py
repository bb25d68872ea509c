"""What Alembic runs for every command: works on the connection (and in the transaction) it is given."""

from __future__ import annotations

from alembic import context

from router.record.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
