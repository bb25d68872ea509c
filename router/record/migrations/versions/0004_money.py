"""What was paid beside the list price, what was billed apart, and what the baseline is made of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ATTEMPTS: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    ("units", sa.Text()),
    ("service_tier", sa.Text()),
    ("list_pico", sa.BigInteger()),
    ("input_list_price", sa.BigInteger()),
    ("cache_read_list_price", sa.BigInteger()),
    ("cache_write_list_price", sa.BigInteger()),
    ("output_list_price", sa.BigInteger()),
)
_REQUESTS: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    ("list_pico", sa.BigInteger()),
    ("baseline_output", sa.BigInteger()),
    ("baseline_input_price", sa.BigInteger()),
    ("baseline_output_price", sa.BigInteger()),
    ("holdout", sa.Boolean()),
)


def upgrade() -> None:
    for name, kind in _ATTEMPTS:
        op.add_column("attempts", sa.Column(name, kind, nullable=True))
    for name, kind in _REQUESTS:
        op.add_column("requests", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name, _ in _REQUESTS:
        op.drop_column("requests", name)
    for name, _ in _ATTEMPTS:
        op.drop_column("attempts", name)
