"""Ledger and keys as tables of at most 100 columns that read well without colour. Pure: values to tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from router.domain.kinds import Verdict
from router.domain.money import PicoUSD, format_usd
from router.record.keys import KeyRow
from router.record.quality import Quality
from router.record.store import RecentRow
from router.record.summary import By, SummaryRow

WIDTH = 100
QUALITY = "quality: V verified by checks, J judged by a model, R reported; + good, - bad, ~ neither"
SIMULATED = "* simulated endpoints: no real money"
UNKNOWN = "unknown: attempts that may have cost something nobody knows; their cost is in no sum"


def recent_table(rows: Iterable[RecentRow], *, header: bool = True) -> Table:
    """One line per request. Widths are fixed, so that the pages of a followed ledger line up."""
    table = _table(header=header)
    for name, width in (("UTC", 8), ("team", 8), ("task", 11), ("rule", 10)):
        table.add_column(name, width=width, no_wrap=True, overflow="ellipsis")
    for name, width in (("tier", 9), ("model", 11), ("outcome", 10), ("quality", 8)):
        table.add_column(name, width=width, no_wrap=True, overflow="ellipsis")
    table.add_column("cost", width=10, no_wrap=True, justify="right")
    table.add_column("ms", width=6, no_wrap=True, justify="right")
    for row in rows:
        table.add_row(*map(Text, _recent_cells(row)))
    return table


def summary_table(by: By, rows: Sequence[SummaryRow], total: SummaryRow) -> Table:
    """One line per group and one for the total."""
    table = _table()
    table.add_column(by, overflow="fold", max_width=24)
    corrected = any(row.corrections for row in rows)
    fix = ["corrected"] if corrected else []
    for name in ("requests", "answered", "attempts", "cost", *fix, "unknown", "baseline", "saving", ""):
        table.add_column(name, justify="right", no_wrap=True)
    places = 2 if total.baseline > 100 * 10**12 else 6
    for row in rows:
        table.add_row(*map(Text, _summary_cells(row, row.group or "(no answer)", places, corrected)))
    table.add_section()
    table.add_row(*map(Text, _summary_cells(total, "total", places, corrected)))
    return table


def keys_table(rows: Iterable[KeyRow]) -> Table:
    """One line per key; an empty boundary reads `all`."""
    table = _table()
    table.add_column("key id", no_wrap=True)
    for name in ("organisation", "team", "project", "tiers", "models", "label"):
        table.add_column(name, overflow="fold")
    for name in ("created", "last used", "expires", "revoked"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        boundaries = [", ".join(names) or "all" for names in (row.allowed_tiers, row.allowed_models)]
        owner = (row.organisation, row.team, row.project)
        times = (row.created_us, row.last_used_us, row.expires_us, row.revoked_us)
        dates = ("" if at_us is None else _day(at_us) for at_us in times)
        table.add_row(*map(Text, (row.id, *owner, *boundaries, row.label, *dates)))
    return table


def _table(*, header: bool = True) -> Table:
    return Table(box=None, show_header=header, padding=(0, 1, 0, 0), pad_edge=False)


def _recent_cells(row: RecentRow) -> tuple[str, ...]:
    cost = format_usd(None if row.cost_pico is None else PicoUSD(row.cost_pico))
    return (
        datetime.fromtimestamp(row.started_us / 1e6, UTC).strftime("%H:%M:%S"),
        row.team,
        row.task or "-",
        row.rule or "-",
        row.tier or "-",
        row.model or row.error_code or "-",
        row.outcome,
        _quality(row.quality),
        cost + "*" if row.simulated else cost,
        "-" if row.duration_us is None else f"{row.duration_us / 1000:.0f}",
    )


def _quality(found: Quality) -> str:
    """`V+ J- R~`; what there is nothing of is left out."""
    passed = {Verdict.PASSED: True, Verdict.FAILED: False}
    kinds = (
        ("V", found.verified, passed.get(Verdict(found.verified)) if found.verified else None),
        ("J", found.judged, found.judged_good),
        ("R", found.reported, found.reported_good),
    )
    signs = {True: "+", False: "-", None: "~"}
    return " ".join(letter + signs[good] for letter, said, good in kinds if said is not None) or "-"


def _summary_cells(row: SummaryRow, name: str, places: int, corrected: bool) -> tuple[str, ...]:
    return (
        name + " *" if row.simulated else name,
        f"{row.requests:,}",
        f"{row.answered:,}",
        f"{row.attempts:,}",
        format_usd(PicoUSD(row.cost), places),
        *([format_usd(PicoUSD(row.corrections), places)] if corrected else ()),
        f"{row.unknown:,}" if row.unknown else "-",
        format_usd(PicoUSD(row.baseline), places) if row.compared else "-",
        format_usd(PicoUSD(row.saving), places) if row.compared else "-",
        f"{100 * row.saving // row.baseline}%" if row.baseline else "",
    )


def _day(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1e6, UTC).strftime("%Y-%m-%d")
