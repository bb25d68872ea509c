"""Budgets in force, how they stand, whom they alarmed; and what was set aside for each call.

Calls before this have no reservation: a budget counts one of unknown cost at the most its endpoint can cost.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_CALLS = ("attempts", "judge_calls")


def upgrade() -> None:
    for table in _CALLS:
        op.add_column(table, sa.Column("reserved_pico", sa.BigInteger(), nullable=True))
        op.add_column(table, sa.Column("held_by", sa.Text(), nullable=True))
    op.create_table(
        "budgets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("limit_pico", sa.BigInteger(), nullable=False),
        sa.Column("enforcement", sa.Text(), nullable=False),
        sa.Column("when_spent", sa.Text(), nullable=False),
        sa.Column("thresholds", sa.Text(), nullable=False),
        sa.Column("policy_digest", sa.Text(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_budgets")),
    )
    op.create_table(
        "budget_periods",
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts_us", sa.BigInteger(), nullable=False),
        sa.Column("ends_us", sa.BigInteger(), nullable=False),
        sa.Column("limit_pico", sa.BigInteger(), nullable=False),
        sa.Column("spent_pico", sa.BigInteger(), nullable=False),
        sa.Column("reserved_pico", sa.BigInteger(), nullable=False),
        sa.Column("forecast_pico", sa.BigInteger(), nullable=True),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("budget", "period", name=op.f("pk_budget_periods")),
    )
    op.create_index(op.f("ix_budget_periods_ends_us"), "budget_periods", ["ends_us"])
    op.create_table(
        "budget_alerts",
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("crossed_us", sa.BigInteger(), nullable=False),
        sa.Column("spent_pico", sa.BigInteger(), nullable=False),
        sa.Column("limit_pico", sa.BigInteger(), nullable=False),
        sa.Column("forecast_pico", sa.BigInteger(), nullable=True),
        sa.Column("claimed_us", sa.BigInteger(), nullable=False),
        sa.Column("sent_us", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("budget", "period", "percent", name=op.f("pk_budget_alerts")),
    )
    op.create_table(
        "budget_gateways",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.Column("closed_us", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_gateways")),
    )


def downgrade() -> None:
    for table in ("budget_gateways", "budget_alerts", "budget_periods", "budgets"):
        op.drop_table(table)
    for table in _CALLS:
        op.drop_column(table, "held_by")
        op.drop_column(table, "reserved_pico")
