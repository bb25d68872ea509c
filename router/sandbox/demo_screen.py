"""What the demo prints: progress while it runs, the table at its end, and where to look next.

Pure rendering; every figure comes from `books`. Whatever a simulated model had a part in says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from router.domain.money import PicoUSD, format_usd
from router.sandbox.books import Figures, Line
from router.sandbox.traffic import Sent
from router.verify.code import find_isolation

_EVERY = 20
_SHOWN = 10


class Live:
    """Progress: a bar on a terminal, else a line every 20 requests."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._counts: Counter[str] = Counter()
        self._done = 0
        columns = (BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> Live:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def done(self, sent: Sent) -> None:
        """Counts one prompt that has its reply."""
        self._done += 1
        without = "refused as expected" if sent.as_expected else "failed"
        self._counts[without if sent.last.answer is None else sent.last.tier or "?"] += 1
        text = "  ".join(f"{name} {count}" for name, count in sorted(self._counts.items()))
        self._progress.update(self._task, advance=1, description=text)
        if not self._console.is_terminal and (self._done % _EVERY == 0 or self._done == self._total):
            self._console.print(f"  {self._done}/{self._total} requests: {text}")


def report(console: Console, figures: Figures, speed: float) -> None:
    """The table and the sentences below it."""
    console.print(_table(figures))
    console.print(_money(figures))
    simulated = [line.tier for line in figures.tiers if line.simulated]
    if simulated:
        names = f"{' and '.join(map(str, simulated))} tier{'s were' if len(simulated) > 1 else ' was'}"
        console.print(
            f"The {names} SIMULATED, {speed:g}x faster than the pace that is simulated. How often a "
            "simulated tier answers rightly is by construction and says nothing about any real model; its "
            "tokens are priced by the price book as if they were real."
        )
    if find_isolation() is None:
        console.print("Code was not run, because nothing isolates it on this machine: `right` leaves it out.")
    if figures.refused_as_expected:
        console.print(
            f"{figures.refused_as_expected} requests with restricted data asked for what only models outside "
            "the house offer, and were refused, as the policy says."
        )


def _table(figures: Figures) -> Table:
    """`tokens` are output; `right` are answers that passed their prompt's check, of those that have one."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 0, 0, 1))
    table.add_column("answered by", no_wrap=True)
    for name in ("requests", "p50 s", "p95 s", "tokens", "cost", "right"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in figures.tiers:
        label = f"{line.tier} (simulated)" if line.simulated else str(line.tier)
        table.add_row(label, *_cells(line, figures.total.requests))
    table.add_section()
    table.add_row("all", *_cells(figures.total, figures.total.requests), style="bold")
    return table


def _cells(line: Line, of: int) -> list[str]:
    if not line.requests:
        return ["0", *["–"] * 5]
    return [
        f"{line.requests} {line.requests / of:>4.0%}",
        _seconds(line.p50_s),
        _seconds(line.p95_s),
        "unknown" if line.output_tokens is None else f"{line.output_tokens:,}",
        format_usd(line.cost, 4),
        f"{line.right}/{line.checked} {line.right / line.checked:>4.0%}" if line.checked else "–",
    ]


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _money(figures: Figures) -> str:
    cost, baseline = figures.total.cost, figures.baseline
    models = " or ".join(figures.baseline_models) or "the baseline"
    book = ", ".join(figures.price_books)
    text = f"Cost {format_usd(cost, 4)} by price book {book}, {figures.attempts} upstream attempts"
    text += f", {figures.repeated} requests repeated by the sender.\n" if figures.repeated else ".\n"
    if figures.unknown_costs:
        text += f"The cost of {figures.unknown_costs} requests is unknown, so no sum is shown.\n"
    text += f"Had all gone to the frontier ({models}): {format_usd(baseline, 4)}."
    if cost is not None and baseline:
        saved = PicoUSD(baseline - cost)
        text += f" Saving {format_usd(saved, 4)} ({saved / baseline:.0%})."
    return text


def failures(console: Console, sent: Sequence[Sent], row_problems: Sequence[str]) -> None:
    """What did not go as it should; nothing when all did."""
    wrong = [s for s in sent if not s.as_expected]
    for result in wrong[:_SHOWN]:
        last = result.last
        asked = "a refusal" if result.prompt.expect == "refusal" else "an answer"
        console.print(f"[red]{result.prompt.id}: expected {asked}, got {last.status}: {last.error}[/]")
    for problem in row_problems[:_SHOWN]:
        console.print(f"[red]ledger: {problem}[/]")
    more = max(0, len(wrong) - _SHOWN) + max(0, len(row_problems) - _SHOWN)
    if more:
        console.print(f"[red]and {more} more[/]")


def where_next(console: Console, lines: Sequence[tuple[str, str]]) -> None:
    """Links and commands for what to do now, as (what, where)."""
    console.print("\nWhere to look next", style="bold")
    width = max(len(what) for what, _ in lines)
    for what, where in lines:
        console.print(f"  {what:<{width}}  {where}", soft_wrap=True, highlight=False)
