"""Credentials of the admin API; keys that expire, are rotated, and tell when they were last used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("keys", sa.Column("expires_us", sa.BigInteger(), nullable=True))
    op.add_column("keys", sa.Column("rotated_from", sa.Text(), nullable=True))
    op.create_table(
        "key_uses",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("last_used_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_key_uses")),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_key_uses_key_id")),
    )
    op.create_table(
        "admin_credentials",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("teams", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=True),
        sa.Column("revoked_us", sa.BigInteger(), nullable=True),
        sa.Column("last_used_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_credentials")),
    )
    op.create_table(
        "admin_replays",
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("credential_id", "idempotency_key", name=op.f("pk_admin_replays")),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["admin_credentials.id"], name=op.f("fk_admin_replays_credential_id")
        ),
    )


def downgrade() -> None:
    for table in ("admin_replays", "admin_credentials", "key_uses"):
        op.drop_table(table)
    op.drop_column("keys", "rotated_from")
    op.drop_column("keys", "expires_us")
