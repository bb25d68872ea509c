"""What the results of a calibration come to: figures by task, a table, a patch of the catalog. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from router.calibrate.results import Result
from router.domain.ability import Z90
from router.domain.interval import wilson
from router.domain.kinds import Task
from router.domain.money import PicoUSD, as_usd
from router.domain.percentile import percentile
from router.domain.prices import Price
from router.domain.usage import Usage
from router.policy.table import aligned

LEAST_FOR_OUTPUT = 5
"""Answers with reported usage before their mean length is worth writing down."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One task, or all of them (`task` None). `right` of `n` checked answers; `asked` counts the others too.
    `output` is the mean of output tokens over `counted` answers, `cost` the exact sum in pico-USD (None: some
    part is unknown) of all answers, checked or not; latencies are seconds over the checked ones."""

    task: Task | None
    asked: int
    n: int
    right: int
    counted: int
    output: float | None
    cost: PicoUSD | None
    p50_s: float | None
    p95_s: float | None

    @property
    def interval(self) -> tuple[float, float]:
        """90% interval of the share right, 0..1, by Wilson's score."""
        return wilson(self.right, self.n, Z90)


def figures(results: Sequence[Result], price: Price | None) -> list[Figures]:
    """By task, in the order of the enumeration, then over all."""
    tasks = [task for task in Task if any(result.task is task for result in results)]
    by_task = [_figures(task, [r for r in results if r.task is task], price) for task in tasks]
    return [*by_task, _figures(None, results, price)]


def table(rows: Iterable[Figures]) -> list[str]:
    """Aligned lines with a head."""
    head = ["task", "right", "share", "90% interval", "mean output", "cost", "p50 s", "p95 s", "unchecked"]
    return aligned(head, map(_cells, rows))


def patch_lines(rows: Sequence[Figures], suite: str, date: str, indent: str) -> Iterator[str]:
    """`calibration:` entries of the measured tasks, one a line, without the key."""
    for row in rows:
        if row.task is not None and row.n:
            name = '"' + suite.replace("\\", "\\\\").replace('"', '\\"') + '"'
            entry = f"{{suite: {name}, task: {row.task}, right: {row.right}, n: {row.n}, date: {date}}}"
            low, high = row.interval
            yield f"{indent}- {entry}  # {100 * low:.0f}-{100 * high:.0f}% (90%)"


def outputs(rows: Iterable[Figures]) -> dict[Task, int]:
    """Mean output tokens by task, rounded, where enough answers say so."""
    return {
        row.task: max(1, round(row.output))
        for row in rows
        if row.task is not None and row.output is not None and row.counted >= LEAST_FOR_OUTPUT
    }


def patch(model: str, rows: Sequence[Figures], suite: str, date: str) -> str:
    """The patch as YAML to be reviewed and put under the model's entry."""
    lines = [
        f"# Model {model}, measured {date} by `tiergate calibrate`; put this under its entry.",
        "calibration:",
    ]
    lines += patch_lines(rows, suite, date, "  ")
    measured = outputs(rows)
    if measured:
        lines.append("# Mean output tokens over the same answers, instead of or beside what stands there:")
        lines.append("expected_output: {" + ", ".join(f"{task}: {n}" for task, n in measured.items()) + "}")
    return "\n".join(lines) + "\n"


def _figures(task: Task | None, results: Sequence[Result], price: Price | None) -> Figures:
    checked = [result for result in results if result.right is not None]
    lengths = [result.output for result in checked if result.output is not None]
    seconds = sorted(result.seconds for result in checked if result.seconds is not None)
    return Figures(
        task=task,
        asked=len(results),
        n=len(checked),
        right=sum(result.right is True for result in checked),
        counted=len(lengths),
        output=sum(lengths) / len(lengths) if lengths else None,
        cost=_cost([result for result in results if result.seconds is not None], price),
        p50_s=percentile(seconds, 0.5),
        p95_s=percentile(seconds, 0.95),
    )


def _cost(answered: Sequence[Result], price: Price | None) -> PicoUSD | None:
    total = 0
    for result in answered:
        if price is None or result.uncached_input is None or result.output is None:
            return None
        cached = result.cache_read or 0, result.cache_write or 0
        cost = price.rates.cost(Usage(result.uncached_input, *cached, result.output))
        if cost is None:
            return None
        total += cost
    return PicoUSD(total)


def _cells(row: Figures) -> list[str]:
    low, high = row.interval
    return [
        row.task or "all",
        f"{row.right} of {row.n}",
        f"{100 * row.right / row.n:.0f}%" if row.n else "-",
        f"{100 * low:.0f}-{100 * high:.0f}%" if row.n else "-",
        "-" if row.output is None else f"{row.output:,.0f} (n {row.counted})",
        "unknown" if row.cost is None else _usd(row.cost),
        "-" if row.p50_s is None else f"{row.p50_s:.2f}",
        "-" if row.p95_s is None else f"{row.p95_s:.2f}",
        str(row.asked - row.n) if row.asked > row.n else "",
    ]


def _usd(amount: PicoUSD) -> str:
    return f"${as_usd(amount).quantize(Decimal('0.0001')):,}"
