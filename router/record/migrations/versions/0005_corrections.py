"""Corrections of costs, beside the rows that they correct."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("delta_pico", sa.BigInteger(), nullable=False),
        sa.Column("delta_list_pico", sa.BigInteger(), nullable=False),
        sa.Column("resolves", sa.Boolean(), nullable=False),
        sa.Column("request_delta_pico", sa.BigInteger(), nullable=False),
        sa.Column("request_delta_list_pico", sa.BigInteger(), nullable=False),
        sa.Column("request_resolves", sa.Boolean(), nullable=False),
        sa.Column("delta_uncached_input", sa.BigInteger(), nullable=False),
        sa.Column("delta_cache_read", sa.BigInteger(), nullable=False),
        sa.Column("delta_cache_write", sa.BigInteger(), nullable=False),
        sa.Column("delta_output", sa.BigInteger(), nullable=False),
        sa.Column("old_price_id", sa.Text(), nullable=True),
        sa.Column("new_price_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_corrections_request_id")),
        sa.PrimaryKeyConstraint("request_id", "n", "seq", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_created_us"), "corrections", ["created_us"])


def downgrade() -> None:
    op.drop_index(op.f("ix_corrections_created_us"), table_name="corrections")
    op.drop_table("corrections")
