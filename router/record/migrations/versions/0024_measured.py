"""Sums that savings and judged quality are read from; closings keep the lengths that savings go by;
billed GPU hours say what was served."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_MEASURES = (
    "reported_cost_pico", "judged", "judged_good", "judged_cost_pico", "cost_squares", "baseline_output",
    "baseline_output_pico", "answers_pico", "retries_pico", "escalations_pico", "unanswered_pico",
    "judges_pico",
)  # fmt: skip
_LENGTHS = ("answers", "output", "output_squares", "attempts", "input_tokens", "output_tokens")
_OUTCOMES = ("outcomes_hour", "outcomes_day", "period_outcomes")
_HOUR_US = 3_600_000_000


def upgrade() -> None:
    """Sums are made anew by the next roll; what closings froze stays as it was frozen."""
    for table in _OUTCOMES:
        for name in _MEASURES:
            op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    for name, when in (("hour", sa.Column("hour_us", sa.BigInteger(), nullable=False)),
                       ("day", sa.Column("day", sa.Text(), nullable=False))):  # fmt: skip
        op.create_table(
            f"lengths_{name}",
            when,
            sa.Column("model", sa.Text(), nullable=False),
            sa.Column("endpoint", sa.Text(), nullable=False),
            sa.Column("task", sa.Text()),
            *(sa.Column(measure, sa.BigInteger(), nullable=False) for measure in _LENGTHS),
        )
        op.create_index(op.f(f"ix_lengths_{name}_{when.name}"), f"lengths_{name}", [when.name])
    for name in ("tier", "model", "endpoints"):
        op.add_column("gpu_hours", sa.Column(name, sa.Text()))
    op.add_column("periods", sa.Column("form", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("periods", sa.Column("lengths", sa.Text()))
    op.execute(
        "INSERT INTO rollup_marks (hour_us) SELECT DISTINCT started_us - started_us % "
        f"{_HOUR_US} FROM requests"
    )
    op.execute("INSERT INTO rollup_marks (hour_us) SELECT DISTINCT hour_us FROM gpu_hours")


def downgrade() -> None:
    for name in ("lengths", "form"):
        op.drop_column("periods", name)
    for name in ("endpoints", "model", "tier"):
        op.drop_column("gpu_hours", name)
    for name in ("day", "hour"):
        op.drop_table(f"lengths_{name}")
    for table in _OUTCOMES:
        for name in reversed(_MEASURES):
            op.drop_column(table, name)
