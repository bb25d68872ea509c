"""What was corrected of one request's cost since it was booked, and what it costs with that. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import text
from dashboard.html_tables import Cell, Column, html_table
from router.domain.corrections import CorrectionRecord
from router.domain.records import RequestRecord

_CORRECTION = (
    Column("Corrected", figure=False),
    Column("Attempt", figure=False),
    Column("What", figure=False),
    Column("By", figure=False),
    Column("Because", figure=False, wrap=True),
    Column("Price", figure=False),
    Column("US$, exact"),
)


def corrections(request: RequestRecord, rows: Sequence[CorrectionRecord]) -> str:
    """Every correction, oldest first, and the request's cost with all of them."""
    total = sum(row.request_delta_pico for row in rows)
    known = request.cost_pico is not None or any(row.request_resolves for row in rows)
    corrected = (request.cost_pico or 0) + total if known else None
    places = text.exact_places([*(row.delta_pico for row in rows), corrected])
    lines: list[list[Cell | str]] = [
        [
            text.instant(row.created_us),
            str(row.n),
            row.kind.replace("_", " "),
            row.actor,
            row.reason,
            f"{row.old_price_id or 'none'} → {row.new_price_id or 'none'}",
            text.money(row.delta_pico, places),
        ]
        for row in rows
    ]
    name = Cell("Cost of the request, corrected", len(_CORRECTION) - 1)
    covered = ("",) * (len(_CORRECTION) - 2)
    return html_table(_CORRECTION, lines, [name, *covered, Cell(text.money(corrected, places))])
