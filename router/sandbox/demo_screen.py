"""What the demo prints: progress while it runs, the table at its end, and where to look next.

Pure rendering; every figure comes from `books`. Whatever a simulated model had a part in says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from router.domain.money import PicoUSD, format_usd
from router.sandbox.books import Figures, Line
from router.sandbox.traffic import Sent

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
        answered = sent.last.answer is not None
        self._counts[(sent.last.tier or "?") if answered else "no answer"] += 1
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
        console.print(
            f"The {' and '.join(map(str, simulated))} tier{'s were' if len(simulated) > 1 else ' was'} "
            f"SIMULATED, {speed:g}x faster than the pace that is simulated. Whether a simulated tier answers "
            "rightly is by construction; its tokens are priced by the price book as if they were real."
        )
    if figures.refused_as_expected:
        console.print(
            f"{figures.refused_as_expected} requests with restricted data asked for what only models outside "
            "the house offer, and were refused, as the policy says."
        )


def _table(figures: Figures) -> Table:
    table = Table(title="What this run bought", title_justify="left", title_style="bold", pad_edge=False)
    table.add_column("tier")
    for name in ("requests", "share", "p50", "p95", "output tokens", "cost", "right, where checked"):
        table.add_column(name, justify="right")
    for line in figures.tiers:
        label = f"{line.tier} (simulated)" if line.simulated else str(line.tier)
        table.add_row(label, *_cells(line, figures.total.requests))
    table.add_section()
    table.add_row("answered", *_cells(figures.total, figures.total.requests), style="bold")
    return table


def _cells(line: Line, of: int) -> list[str]:
    if not line.requests:
        return ["0", *["–"] * 6]
    return [
        str(line.requests),
        f"{line.requests / of:.0%}",
        _seconds(line.p50_s),
        _seconds(line.p95_s),
        "unknown" if line.output_tokens is None else f"{line.output_tokens:,}",
        format_usd(line.cost, 4),
        f"{line.right}/{line.checked} ({line.right / line.checked:.0%})" if line.checked else "–",
    ]


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"


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


def where_next(console: Console, dashboard: str, gateway: str, data_dir: str, token: str) -> None:
    """Links and commands for what to do now."""
    table = Table.grid(padding=(0, 2))
    here = f"TIERGATE_DATA_DIR={data_dir}"
    table.add_row("dashboard", dashboard)
    table.add_row("latest requests", f"{here} tiergate ledger tail")
    table.add_row("money by tier", f"{here} tiergate ledger summary")
    table.add_row("gateway", f"{gateway}/v1 with the demo key {token}")
    table.add_row("make it yours", "policies/README.md: models, prices and rules; README.md: real upstreams")
    console.print("Where to look next", style="bold")
    console.print(table, soft_wrap=True)
