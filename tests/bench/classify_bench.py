"""Time of one `classify` call: a table over lengths and kinds of text, and chats of 2 KB, on one core.

    python tests/bench/classify_bench.py [calls]

Every text is built here. The table reads each text for the first time. The chats have five turns and are
read in two ways: "new", where no turn was ever seen, target p50 at most 40 us; and "going on", where only
the last turn is new, as when an app sends system prompt and history again, target p50 at most 25 us.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from time import perf_counter_ns

from rich.console import Console
from rich.table import Table

from router.classify.learned import LearnedClassifier
from router.classify.port import Conversation, Turn
from router.classify.query_model import load

MODEL = load()
KINDS = {
    "english": "The committee met again in 2024 and asked why the rule, which costs $40 a year, had failed. ",
    "german": "Der Ausschuss fragte, warum die Regel, die 40 Euro im Jahr kostet, für viele nicht gilt. ",
    "chinese": "委员会在2024年再次开会，询问为什么这条每年花费40元的新规定没有成功。",
    "russian": "Комитет снова собрался в 2024 году и спросил, почему правило за 40 рублей не работает. ",
    "code": "def total(rows: list[int]) -> int:\n    # even ones\n    return sum(r for r in rows)\n",
    "formulas": r"Let $a_n = \frac{1}{n^2}$ and prove that $\sum_{n=1}^{100} a_n < 2$ for all integers. ",
    "csv": "2024-05-04,Ana Li,4111-1111,12.50,EUR,paid\n",
}
WARM_UP = 600
"""Chats that fill what a classifier keeps, so that the timed ones also pay for displacing it."""
LENGTHS = (50, 300, 2_000, 20_000, 100_000)


def fill(text: str, length: int) -> str:
    """`text` repeated to exactly `length` characters."""
    return (text * (length // len(text) + 1))[:length]


def chat(first: str, last: str) -> Conversation:
    """Five turns, about 2 KB: `first` begins the earlier turns, `last` the last one, a follow-up."""
    text = KINDS["english"]
    return Conversation(
        (
            Turn("system", fill(f"{first} You are a careful assistant of a public library. {text}", 400)),
            Turn("user", fill(f"{first} {text}", 600)),
            Turn("assistant", fill(f"{first} {text}", 700)),
            Turn("user", fill(f"{first} And why did it fail? {text}", 250)),
            Turn("user", f"{last} What would you do about that now?"),
        )
    )


def timed(classifier: LearnedClassifier, conversation: Conversation) -> int:
    """Nanoseconds of one call."""
    start = perf_counter_ns()
    classifier.classify(conversation)
    return perf_counter_ns() - start


def summary(times: Iterable[int]) -> str:
    """p50 and p99 in microseconds."""
    ordered = sorted(times)
    return f"{ordered[len(ordered) // 2] / 1e3:.0f} / {ordered[len(ordered) * 99 // 100] / 1e3:.0f}"


def chats(calls: int) -> Iterator[tuple[str, str]]:
    """The two ways of reading a chat, each with one classifier whose memory is full before it is timed."""
    for name, earlier in (("new", "Case {}."), ("going on", "Case.")):
        classifier = LearnedClassifier(MODEL)
        several = (chat(earlier.format(number), f"Case {number}.") for number in range(WARM_UP + calls))
        yield name, summary([timed(classifier, one) for one in several][WARM_UP:])


def main(calls: int) -> None:
    table = Table("text", *(f"{n:,} chars" for n in LENGTHS), title="classify, us per call: p50 / p99")
    for kind, text in KINDS.items():
        ones = (Conversation((Turn("user", fill(text, n)),)) for n in LENGTHS)
        counts = (max(200, calls * 50 // max(50, n // 20)) for n in LENGTHS)
        table.add_row(
            kind,
            *(
                summary(timed(LearnedClassifier(MODEL), one) for _ in range(count))
                for one, count in zip(ones, counts, strict=True)
            ),
        )
    Console().print(table)
    for name, figures in chats(calls):
        Console().print(f"chat of 5 turns, 2 KB, {name}: {figures} us over {calls} calls")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
