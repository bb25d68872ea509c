"""Closed months: who closed them, and the sums that they froze."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "periods",
        sa.Column("id", row_id, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("closed_us", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("previous_digest", sa.Text(), nullable=True),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("reopened_us", sa.BigInteger(), nullable=True),
        sa.Column("reopened_by", sa.Text(), nullable=True),
        sa.Column("reopened_because", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periods")),
    )
    op.create_index(op.f("ix_periods_period_version"), "periods", ["period", "version"], unique=True)
    for name in ("charges", "outcomes"):
        like = sa.Table(f"{name}_day", sa.MetaData(), autoload_with=op.get_bind())
        table = f"period_{name}"
        op.create_table(
            table,
            sa.Column("closing_id", row_id, nullable=False),
            sa.Column("day", sa.Text(), nullable=False),
            *(
                sa.Column(column.name, column.type, nullable=column.nullable)
                for column in like.columns
                if column.name != "day"
            ),
            sa.ForeignKeyConstraint(["closing_id"], ["periods.id"], name=op.f(f"fk_{table}_closing_id")),
        )
        op.create_index(op.f(f"ix_{table}_closing_id"), table, ["closing_id"])
        op.create_index(op.f(f"ix_{table}_day"), table, ["day"])


def downgrade() -> None:
    for name in ("period_outcomes", "period_charges", "periods"):
        op.drop_table(name)
