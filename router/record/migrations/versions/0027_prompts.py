"""Prompts and subjects apart from the rows of money, to be forgotten by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompts",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("stored_us", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_prompts")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_prompts_request_id")),
    )
    op.create_index(op.f("ix_prompts_stored_us"), "prompts", ["stored_us"])
    op.create_index(op.f("ix_prompts_subject"), "prompts", ["subject"])
    op.create_table(
        "erasures",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("erased_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_erasures")),
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("prompts")
