"""Sums by hour and day that screens and closes read, and the marks that say which hours changed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None

_HOUR_US = 3_600_000_000


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "rollup_marks",
        sa.Column("id", row_id, nullable=False),
        sa.Column("hour_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_marks")),
    )
    op.create_index(op.f("ix_rollup_marks_hour_us"), "rollup_marks", ["hour_us"])
    op.create_table(
        "late_arrivals",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("hour_us", sa.BigInteger(), nullable=False),
        sa.Column("arrived_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_late_arrivals")),
    )
    op.create_index(op.f("ix_late_arrivals_hour_us"), "late_arrivals", ["hour_us"])
    op.create_table(
        "rollup_days",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("rolled_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_rollup_days")),
    )
    for name, columns in (("charges", _CHARGES), ("outcomes", _OUTCOMES)):
        op.create_table(
            f"{name}_hour", sa.Column("hour_us", sa.BigInteger(), nullable=False), *_made(columns)
        )
        op.create_index(op.f(f"ix_{name}_hour_hour_us"), f"{name}_hour", ["hour_us"])
        op.create_table(f"{name}_day", sa.Column("day", sa.Text(), nullable=False), *_made(columns))
        op.create_index(op.f(f"ix_{name}_day_day_team"), f"{name}_day", ["day", "team"])
    op.execute(
        "INSERT INTO rollup_marks (hour_us) SELECT DISTINCT started_us - started_us % "
        f"{_HOUR_US} FROM requests"
    )


def downgrade() -> None:
    for name in ("outcomes_day", "outcomes_hour", "charges_day", "charges_hour"):
        op.drop_table(name)
    for name in ("rollup_days", "late_arrivals", "rollup_marks"):
        op.drop_table(name)


_TEXT, _FLAG, _NUMBER = sa.Text(), sa.Boolean(), sa.BigInteger()
_Column = tuple[str, sa.types.TypeEngine[Any], bool]
_WHO: tuple[_Column, ...] = (
    ("organisation", _TEXT, False),
    ("team", _TEXT, False),
    ("project", _TEXT, False),
    ("workload", _TEXT, True),
    ("tags", _TEXT, False),
)
_CHARGES: tuple[_Column, ...] = (
    *_WHO,
    ("tier", _TEXT, False),
    ("model", _TEXT, False),
    ("endpoint", _TEXT, False),
    ("simulated", _FLAG, False),
    ("kind", _TEXT, False),
    ("served", _FLAG, False),
    ("cost_state", _TEXT, False),
    ("service_tier", _TEXT, True),
    ("price_id", _TEXT, True),
    ("meter", _TEXT, False),
    ("price", _NUMBER, True),
    ("list_price", _NUMBER, True),
    ("quantity", _NUMBER, False),
    ("cost_pico", _NUMBER, True),
    ("list_pico", _NUMBER, True),
)
_OUTCOMES: tuple[_Column, ...] = (
    *_WHO,
    ("task", _TEXT, True),
    ("tier", _TEXT, True),
    ("model", _TEXT, True),
    ("endpoint", _TEXT, True),
    ("simulated", _FLAG, False),
    ("outcome", _TEXT, False),
    ("verdict", _TEXT, True),
    ("cost_state", _TEXT, False),
    ("baseline_model", _TEXT, True),
    ("holdout", _FLAG, True),
    ("requests", _NUMBER, False),
    ("attempts", _NUMBER, False),
    ("cost_pico", _NUMBER, False),
    ("compared", _NUMBER, False),
    ("compared_cost_pico", _NUMBER, False),
    ("baseline_pico", _NUMBER, False),
    ("input_tokens", _NUMBER, False),
    ("output_tokens", _NUMBER, False),
    ("timed", _NUMBER, False),
    ("duration_us", _NUMBER, False),
    ("reported", _NUMBER, False),
    ("reported_good", _NUMBER, False),
)


def _made(columns: tuple[_Column, ...]) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable) for name, kind, nullable in columns]
