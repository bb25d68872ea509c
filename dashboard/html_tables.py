"""Rows to small HTML tables: figures right-aligned with equal digits, a total row, alarms in red. Pure.

Every text is escaped here, so that a team or a model may be called anything. For long lists use a data
frame; this is for the handful of rows that a reader adds up by eye.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape

from dashboard import palette

# Shares of the text's own colour, so that a table suits a light page and a dark one.
_LINE = "color-mix(in srgb, currentColor 40%, transparent)"
_FAINT = "color-mix(in srgb, currentColor 13%, transparent)"
_SOFT = "color-mix(in srgb, currentColor 72%, transparent)"
_SET_OFF = "color-mix(in srgb, #3b8ad9 18%, transparent)"

STYLE = f"""<style>
.tg-scroll {{ overflow-x: auto; }}
table.tg {{ border-collapse: collapse; width: 100%; font-size: 0.9rem; margin: 0; }}
table.tg th {{ font-weight: 600; text-align: left; border-bottom: 1px solid {_LINE}; color: {_SOFT};
  vertical-align: bottom; white-space: nowrap; }}
table.tg th, table.tg td {{ padding: 0.38rem 0.6rem; }}
table.tg td {{ border-bottom: 1px solid {_FAINT}; vertical-align: top; white-space: nowrap; }}
table.tg .num {{ text-align: right; font-variant-numeric: tabular-nums; }}
table.tg tr.total td {{ font-weight: 600; border-top: 1px solid {_LINE}; border-bottom: none; }}
table.tg tr.sum td {{ font-weight: 600; border-bottom-color: {_LINE}; }}
table.tg tr.strong td {{ background: {_SET_OFF}; }}
table.tg td.long {{ white-space: normal; min-width: 16rem; }}
table.tg td.brief {{ white-space: normal; min-width: 5rem; overflow-wrap: anywhere; }}
@media (max-width: 640px) {{
  table.tg th, table.tg td {{ padding: 0.38rem 0.35rem; }}
  table.tg td.long {{ min-width: 7.5rem; }}
  table.tg td.brief {{ min-width: 3rem; }}
}}
table.tg .alarm {{ color: {palette.ALARM_TEXT}; font-weight: 600; }}
table.tg .quiet {{ color: {_SOFT}; }}
table.tg a {{ color: inherit; text-decoration-color: {_LINE}; text-underline-offset: 0.2em; }}
table.tg .swatch {{ display: inline-block; width: 0.7em; height: 0.7em; border-radius: 2px;
  margin-right: 0.5em; }}
</style>"""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with its looks: `alarm` for an error state, `quiet` for a nothing, `colour` for a swatch.

    It reaches over `span` columns; the line's cells under it are left out. `href` is where the text leads.
    """

    text: str
    span: int = 1
    alarm: bool = False
    quiet: bool = False
    colour: str | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; figures are right-aligned. Only a column that says so breaks its lines: `wrap` at words, for
    sentences; `brief` anywhere, for names in little room."""

    title: str
    figure: bool = True
    wrap: bool = False
    brief: bool = False


Line = Sequence[Cell | str]


def html_table(
    columns: Sequence[Column],
    lines: Sequence[Line],
    total: Line | None = None,
    strong: int | None = None,
    sums: Collection[int] = (),
) -> str:
    """The table as HTML. `strong` is the index of a line to set off, `sums` the indexes of lines that add up
    those above them, `total` a last line in bold.
    """
    titles = "".join(
        f"<th{_class('num' if column.figure else '')}>{escape(column.title)}</th>" for column in columns
    )
    head = f"<thead><tr>{titles}</tr></thead>" if any(column.title for column in columns) else ""
    kinds = ["strong" if index == strong else "sum" if index in sums else "" for index in range(len(lines))]
    body = "".join(_line(columns, line, kind) for line, kind in zip(lines, kinds, strict=True))
    foot = _line(columns, total, "total") if total else ""
    table = f'<table class="tg">{head}<tbody>{body}{foot}</tbody></table>'
    return f'{STYLE}<div class="tg-scroll">{table}</div>'


def tier_cell(tier: str) -> Cell:
    """A tier's name behind its colour."""
    colour = palette.TIER_COLOURS.get(tier, palette.TIER_COLOURS[palette.NO_ANSWER])
    return Cell(tier, colour=colour)


def alarm_count(number: int, shown: str) -> Cell:
    """A count that ought to be nought: red when it is not, quiet when it is."""
    return Cell(shown, alarm=number > 0, quiet=number == 0)


def _line(columns: Sequence[Column], line: Line, kind: str) -> str:
    cells = []
    covered = 0
    for column, cell in zip(columns, line, strict=True):
        if covered == 0:
            cells.append(_cell(column, cell))
            covered = cell.span if isinstance(cell, Cell) else 1
        covered -= 1
    return f"<tr{_class(kind)}>{''.join(cells)}</tr>"


def _cell(column: Column, cell: Cell | str) -> str:
    made = cell if isinstance(cell, Cell) else Cell(cell)
    kinds = ("num" * column.figure, "alarm" * made.alarm, "quiet" * made.quiet, "long" * column.wrap,
             "brief" * column.brief)  # fmt: skip
    swatch = f'<span class="swatch" style="background:{escape(made.colour)}"></span>' if made.colour else ""
    span = f' colspan="{made.span}"' if made.span > 1 else ""
    shown = escape(made.text)
    if made.href:
        shown = f'<a href="{escape(made.href)}" target="_self">{shown}</a>'
    return f"<td{span}{_class(' '.join(kind for kind in kinds if kind))}>{swatch}{shown}</td>"


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""
