"""The printable page of one team's month: plain HTML that needs nothing else and prints on A4. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from router.books.months import name
from router.books.rollups.gpu import JUDGING, SHARE
from router.books.statement.build import Line, Statement, listed_cents
from router.books.statement.cents import in_dollars, rounded
from router.books.statement.quality import Quality
from router.domain.savings import Band
from router.domain.teams import Team

_STYLE = """
body{font:14px/1.45 system-ui,sans-serif;color:#1b1f24;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .4rem}p{margin:.3rem 0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.28rem .5rem;text-align:left;border-bottom:1px solid #d8dee4;
vertical-align:top}
th{font-weight:600;border-bottom:2px solid #57606a}td.n,th.n{text-align:right}td.n{white-space:nowrap}
tr.sum td{font-weight:600;border-top:2px solid #57606a;border-bottom:0}
.note{color:#57606a;font-size:.86rem}
.warn{border-left:4px solid #9a6700;padding:.3rem .8rem;background:#fff8c5}
.scroll{overflow-x:auto}
@media print{body{margin:0;max-width:none;font-size:11px}.warn{background:none}
h2{break-after:avoid}tr{break-inside:avoid}}
"""
_UNALLOCATED = "(no workload named)"
_KINDS = {SHARE: "GPU hours beyond the price book", JUDGING: "GPU hours for judging beyond the price book"}


def page(statement: Statement, team: Team, now_us: int) -> str:
    """The whole document."""
    mine, quality = statement.of(team)
    month = name(statement.month)
    usage = [line for line in mine if line.usage_month == month]
    adjusted = [line for line in mine if line.usage_month != month]
    parts = [
        f"<h1>{escape(team.name)}: statement for {month}</h1>",
        f"<p>{escape(team.organisation)} · all amounts in US dollars · months and days are UTC</p>",
        _state(statement, now_us),
        *_warnings(mine),
        "<h2>What is charged</h2>",
        _summary(usage, adjusted, mine),
        "<h2>Usage by project, workload and model</h2>",
        _lines(usage, with_month=False),
    ]
    if adjusted:
        parts += [
            "<h2>Adjustments of closed months</h2>",
            '<p class="note">What arrived late for them, and corrections of their prices or usage.</p>',
            _lines(adjusted, with_month=True),
        ]
    parts += ["<h2>What came of it</h2>", _quality(quality), _notes()]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(team.name)} {month}</title><style>{_STYLE}</style></head>"
        f"<body>\n{body}\n</body></html>\n"
    )


def _state(statement: Statement, now_us: int) -> str:
    closing = statement.closing
    if closing is None:
        return f'<p class="warn">The month is open: as of {_time(now_us)} UTC, figures may still change.</p>'
    return (
        f"<p>Closed on {_time(closing.closed_us)} UTC by {escape(closing.closed_by)}, "
        f"version {closing.version}. "
        f'<span class="note">Digest {closing.digest}</span></p>'
    )


def _warnings(mine: Sequence[Line]) -> Iterable[str]:
    simulated = sum(line.printed for line in mine if line.simulated)
    if any(line.simulated for line in mine):
        yield (
            f'<p class="warn">${in_dollars(simulated)} of this was answered by simulated endpoints: no real '
            "money is owed for it.</p>"
        )
    unknown = sum(line.unknown_attempts for line in mine)
    if unknown:
        yield (
            f'<p class="warn">{unknown:,} attempts have a cost that nobody knows. They are in no amount on '
            "this page; once known they will be adjustments.</p>"
        )


def _summary(usage: Sequence[Line], adjusted: Sequence[Line], mine: Sequence[Line]) -> str:
    unallocated = in_dollars(sum(line.printed for line in mine if line.workload is None))
    rows = [
        ["Usage of the month", in_dollars(sum(line.printed for line in usage))],
        ["Adjustments of closed months", in_dollars(sum(line.printed for line in adjusted))],
    ]
    total = ["Total", in_dollars(sum(line.printed for line in mine))]
    return _table([("", False), ("USD", True)], rows, total) + (
        f'<p class="note">Of this, {unallocated} was used without naming a workload and cannot be allocated '
        f"further. At list prices the total would be {_listed(mine)}.</p>"
    )


def _lines(found: Sequence[Line], *, with_month: bool) -> str:
    columns = [("Project", False), ("Workload", False), ("Model", False), ("Attempts", True), ("Input", True),
               ("Output", True), ("List", True), ("Charged", True)]  # fmt: skip
    if with_month:
        columns.insert(0, ("Used in", False))
    rows = []
    for line in found:
        sent = line.uncached_input + line.cache_read + line.cache_write
        row = [line.project, line.workload or _UNALLOCATED, _model(line), f"{line.attempts:,}", f"{sent:,}",
               f"{line.output:,}", _listed([line]), in_dollars(line.printed)]  # fmt: skip
        rows.append([line.usage_month, *row] if with_month else row)
    total = (
        ["Total"]
        + [""] * (len(columns) - 3)
        + [_listed(found), in_dollars(sum(line.printed for line in found))]
    )
    return _table(columns, rows, total)


def _model(line: Line) -> str:
    marks = [_KINDS.get(line.kind, line.kind)] if line.kind != "usage" else []
    marks += ["simulated"] if line.simulated else []
    return f"{line.model} ({', '.join(marks)})" if marks else line.model


def _listed(found: Sequence[Line]) -> str:
    listed = listed_cents(found)
    return "unknown" if listed is None else in_dollars(listed)


def _quality(found: Sequence[Quality]) -> str:
    columns = [("Project", False), ("Workload", False), ("Requests", True), ("Answered", True),
               ("Verified: passed of checked", True), ("Judged: good of judged", True),
               ("Reported: good of reported", True), ("Baseline", True), ("Saving, gross", True),
               ("net", True), ("over requests", True)]  # fmt: skip
    rows = [
        [
            one.project if not _says_month(one, found) else f"{one.project} ({one.usage_month})",
            one.workload or _UNALLOCATED,
            f"{one.requests:,}",
            f"{one.answered:,}",
            _share(one.passed, one.passed + one.failed),
            _share(one.judged_good, one.judged),
            _share(one.reported_good, one.reported),
            in_dollars(rounded(one.baseline_pico)) if one.compared else "none",
            _band(one.gross) if one.compared else "none",
            _band(one.net) if one.compared else "none",
            f"{one.compared:,}",
        ]
        for one in found
    ]
    return _table(columns, rows, None)


def _says_month(one: Quality, found: Sequence[Quality]) -> bool:
    """Whether the month has to be said: requests that came late are among them."""
    return len({other.usage_month for other in found}) > 1 and one.usage_month != found[-1].usage_month


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({100 * part / whole:.0f}%)" if whole else "none"


def _band(band: Band) -> str:
    middle, low, high = (in_dollars(rounded(amount)) for amount in (band.middle, band.low, band.high))
    return f"{middle} ({low} to {high})"


def _notes() -> str:
    return f'<p class="note">{_NOTE}</p>'


_NOTE = (
    "Every amount is computed exactly, tokens times price. Printed cents: the total is rounded to a cent, "
    "and its cents are divided among the lines by largest remainder, so that what is printed adds up. The "
    "baseline is what the declared comparison model would have cost, without any cache, as booked. The "
    "saving goes by the length of that model's own answers, measured where there are enough of them, else as "
    "declared give or take 30%: hence the range. Gross is that minus the answers, net also minus retries, "
    "rejected answers, requests without a baseline and judging; before idle GPU time, which no team pays. "
    "Verified, judged and reported quality are about different requests and are never added."
)


def _table(
    columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]], total: Sequence[str] | None
) -> str:
    def row(cells: Sequence[str], tag: str, name: str = "") -> str:
        made = "".join(
            f"<{tag}{' class=n' if number else ''}>{escape(cell)}</{tag}>"
            for cell, (_, number) in zip(cells, columns, strict=True)
        )
        return f"<tr{name}>{made}</tr>"

    head = row([column for column, _ in columns], "th")
    body = "".join(row(cells, "td") for cells in rows)
    foot = row(total, "td", " class=sum") if total else ""
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{body}{foot}</tbody></table></div>'


def _time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
