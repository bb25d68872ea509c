"""Hand-labelled texts: refusals in some fifteen languages, loops and honest repetition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
UNITS = (
    "Wait, let me check again. ",
    "So the answer is 4.\n\n",
    "Alternatively, consider the second case where x is negative and y is positive. ",
    "no ",
    "ha",
    "\n",
    "0",
    "| a | b |\n",
    "</div>",
    "I am a model. I am a helpful model.\n",
    "好的，我再想想。",
    "Также следует отметить, что это важно. ",
    "それでは、もう一度考えてみましょう。",
    "Moment, ich prüfe das noch einmal. ",
    "الآن دعنا نتحقق مرة أخرى. ",
    "1, 2, 3, ",
    '{"name": "x", "value": 1}, ',
    "return None\n    ",
    "Step: compute the sum of the digits and compare it with the target value, then continue. " * 3,
    "x" * 150 + "y ",
)
LEADS = ("First I look at the question.\n\n", "The total is 12 because 3 * 4 = 12. ", "")
POEM = "\n".join(
    f"{line}\nAnd the river runs to the sea."
    for line in (
        "Over the hills in the morning",
        "Under the bridge made of stone",
        "Past all the mills of the valley",
        "By the old oak and the throne",
        "Round the grey town at its market",
        "Down where the wild geese have flown",
        "Out to the sand and the lighthouse",
        "Home to the waves and the foam",
        "Deep in the night it is singing",
        "Songs that the mountains have known",
    )
)


def refusals(name: str) -> Iterator[tuple[str, bool]]:
    """(text, whether it refuses) of a file beside this one."""
    for line in (HERE / name).read_text().splitlines():
        if not line.startswith("#"):
            label, _, text = line.partition("|")
            yield text.replace("\\n", "\n"), label == "yes"


def loops() -> Iterator[tuple[str, bool]]:
    """(text, whether its end is a loop). A loop is cut at any character; the rest is honest, if tedious."""
    for place, unit in enumerate(UNITS):
        for lead in LEADS[:2]:
            text = lead + unit * (2_600 // len(unit) + 12)
            yield text[: len(text) - place % max(1, len(unit))], True
    yield from ((text, False) for text in _honest())


def _honest() -> Iterator[str]:
    yield POEM
    yield "\n".join(f"| item {n} | {n * 17 % 101} EUR | shipped in week {n % 52} |" for n in range(300))
    yield "\n".join(f"    values[{n}] = compute(values[{n - 1}], {n * n % 97})" for n in range(1, 200))
    yield "\n".join(f"{n}. Repeat step {n - 1} with the other hand." for n in range(1, 60))
    yield "\n".join(f"2025-01-{1 + n % 28:02d} INFO request {n} done in {n * 7 % 90} ms" for n in range(200))
    yield ", ".join(str(n) for n in range(600))
    yield ", ".join(str(n * n) for n in range(300))
    yield "0" * 300 + "1"
    yield "-" * 120 + "\nTable 1\n" + "-" * 120
    yield "=" * 200 + "\n" + "The end.\n"
    yield "ha" * 60
    yield "na na na na na na na na, hey hey, goodbye. " * 4
    yield "We will, we will rock you. " * 6
    yield "\n".join("abcdefghijklmnopqrstuvwxyz"[n % 26] * 20 for n in range(60))
    yield "[" + ", ".join("0.0" for _ in range(60)) + "]"
    yield "Row 1: " + "x " * 100 + "\nRow 2: " + "o " * 100
    yield "\n".join(f"assert f({n}) == {n % 2}" for n in range(250))
    yield "\n".join(f'{{"id": {n}, "name": "user", "active": true}},' for n in range(150))
    yield "\n".join(f"<li><a href='/page/{n}'>Page {n}</a></li>" for n in range(150))
    yield "Paris. " * 5
    yield "The answer is 4. " * 7
    yield "好的，我再想想。" * 6
    yield "И снова. " * 20 + "Конец."
    yield "\n".join(f"Verse {n}: {99 - n} bottles of beer on the wall." for n in range(80))
    yield "A" * 1_000 + "C" * 30 + "G" * 20
    yield "```\n" + "\n".join("." * n for n in range(1, 60)) + "\n```"
    yield "\n".join("*" * n for n in range(1, 70))
    yield " ".join(f"word{n % 40}x{n}" for n in range(400))
    yield "\n".join(f"- [ ] Task {n}: write the test of module {n % 9}" for n in range(120))
    yield "Yes."
    yield ""
    yield "Wait, let me check again. " * 9 + "It is 7 after all."
    yield "\n".join(f"x_{n} = {n}/({n}+1)" for n in range(1, 150))
