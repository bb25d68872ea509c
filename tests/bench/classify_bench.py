"""Time of one `classify` call: a table over lengths and kinds of text, on one core.

    python tests/bench/classify_bench.py [calls]

Every text is built here. The target row is "chat": five turns, 2 KB, p50 at most 60 us, p99 at most
200 us; 100,000 characters stay near 250 us in prose.
"""

from __future__ import annotations

import sys
from time import perf_counter_ns

from rich.console import Console
from rich.table import Table

from router.classify.heuristic import HeuristicClassifier
from router.classify.port import Conversation, Turn

KINDS = {
    "english": "The committee met again in 2024 and asked why the rule, which costs $40 a year, had failed. ",
    "german": "Der Ausschuss fragte, warum die Regel, die 40 Euro im Jahr kostet, für viele nicht gilt. ",
    "chinese": "委员会在2024年再次开会，询问为什么这条每年花费40元的新规定没有成功。",
    "russian": "Комитет снова собрался в 2024 году и спросил, почему правило за 40 рублей не работает. ",
    "code": "def total(rows: list[int]) -> int:\n    # even ones\n    return sum(r for r in rows)\n",
    "formulas": r"Let $a_n = \frac{1}{n^2}$ and prove that $\sum_{n=1}^{100} a_n < 2$ for all integers. ",
    "csv": "2024-05-04,Ana Li,4111-1111,12.50,EUR,paid\n",
}
LENGTHS = (50, 300, 2_000, 20_000, 100_000)


def fill(text: str, length: int) -> str:
    """`text` repeated to exactly `length` characters."""
    return (text * (length // len(text) + 1))[:length]


def chat() -> Conversation:
    """Five turns, about 2 KB, the last one a follow-up."""
    text = KINDS["english"]
    return Conversation(
        (
            Turn("system", fill("You are a careful assistant of a public library. " + text, 400)),
            Turn("user", fill(text, 600)),
            Turn("assistant", fill(text, 700)),
            Turn("user", fill("And why did it fail? " + text, 250)),
            Turn("user", "What would you do about that now?"),
        )
    )


def percentiles(conversation: Conversation, calls: int) -> tuple[float, float]:
    """p50 and p99 of one call, in microseconds."""
    classify = HeuristicClassifier().classify
    times = []
    for _ in range(calls):
        start = perf_counter_ns()
        classify(conversation)
        times.append(perf_counter_ns() - start)
    times.sort()
    return times[calls // 2] / 1e3, times[calls * 99 // 100] / 1e3


def main(calls: int) -> None:
    table = Table("text", *(f"{n:,} chars" for n in LENGTHS), title="classify, us per call: p50 / p99")
    for kind, text in KINDS.items():
        cells = (
            percentiles(
                Conversation((Turn("user", fill(text, n)),)), max(200, calls * 50 // max(50, n // 20))
            )
            for n in LENGTHS
        )
        table.add_row(kind, *(f"{p50:.0f} / {p99:.0f}" for p50, p99 in cells))
    p50, p99 = percentiles(chat(), calls)
    Console().print(table)
    Console().print(f"chat of 5 turns, 2 KB: p50 {p50:.0f} us, p99 {p99:.0f} us over {calls} calls")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
