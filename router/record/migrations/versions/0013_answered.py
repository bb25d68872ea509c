"""Which attempt gave the answer: with samples and failed checks it need not be the last one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of requests before this, the last attempt is taken for the one: so it was without samples."""
    op.add_column("requests", sa.Column("answered_n", sa.Integer(), nullable=True))
    op.execute("UPDATE requests SET answered_n = attempts WHERE tier IS NOT NULL")


def downgrade() -> None:
    op.drop_column("requests", "answered_n")
