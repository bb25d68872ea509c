"""Hours of self-hosted endpoints: counters sampled, bills, and who each bill is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gpu_samples",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("taken_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=False),
        sa.Column("generation_tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", "taken_us", name=op.f("pk_gpu_samples")),
    )
    op.create_table(
        "gpu_hours",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("hour_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bill_pico", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("rate_id", sa.Text(), nullable=False),
        sa.Column("work", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", "hour_us", "version", name=op.f("pk_gpu_hours")),
    )
    op.create_index(op.f("ix_gpu_hours_hour_us"), "gpu_hours", ["hour_us"])
    op.create_table(
        "gpu_allocations",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("hour_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("work", sa.BigInteger(), nullable=False),
        sa.Column("share_pico", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "endpoint", "hour_us", "version", "line", "request_id", "n", name=op.f("pk_gpu_allocations")
        ),
    )
    op.create_index(op.f("ix_gpu_allocations_request_id"), "gpu_allocations", ["request_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_gpu_allocations_request_id"), table_name="gpu_allocations")
    op.drop_table("gpu_allocations")
    op.drop_index(op.f("ix_gpu_hours_hour_us"), table_name="gpu_hours")
    op.drop_table("gpu_hours")
    op.drop_table("gpu_samples")
