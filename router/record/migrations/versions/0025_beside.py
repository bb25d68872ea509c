"""Corrections of what judging cost, and of baselines, beside the rows that they correct."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "judge_corrections",
        *_key("request_id", "n", "call", "seq"),
        *_stamp(),
        sa.Column("delta_pico", sa.BigInteger(), nullable=False),
        sa.Column("delta_list_pico", sa.BigInteger(), nullable=False),
        sa.Column("resolves", sa.Boolean(), nullable=False),
        sa.Column("old_price_id", sa.Text(), nullable=True),
        sa.Column("new_price_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        *_constraints("judge_corrections", "request_id", "n", "call", "seq"),
    )
    op.create_table(
        "baseline_corrections",
        *_key("request_id", "seq"),
        *_stamp(),
        sa.Column("delta_pico", sa.BigInteger(), nullable=False),
        sa.Column("delta_output_pico", sa.BigInteger(), nullable=False),
        sa.Column("input_price", sa.BigInteger(), nullable=False),
        sa.Column("output_price", sa.BigInteger(), nullable=False),
        *_constraints("baseline_corrections", "request_id", "seq"),
    )


def _key(first: str, *rest: str) -> list[sa.Column[Any]]:
    numbers = [sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in rest]
    return [sa.Column(first, sa.Text(), nullable=False), *numbers]


def _stamp() -> list[sa.Column[Any]]:
    texts = [sa.Column(name, sa.Text(), nullable=False) for name in ("batch_id", "kind", "actor", "reason")]
    return [*texts[:2], sa.Column("created_us", sa.BigInteger(), nullable=False), *texts[2:]]


def _constraints(table: str, *key: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f(f"fk_{table}_request_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    op.drop_table("baseline_corrections")
    op.drop_table("judge_corrections")
