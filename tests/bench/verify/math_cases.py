"""Labelled answers to mathematics: references with right and wrong forms by hand, and AIME's answers.

The table beside this file that is called held out was written when the checks were done, and is what counts.
Each form is put into replies in several ways. Wrong forms are near misses: a sign, a bracket, a digit, one
element more or less, another unit.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

HERE = Path(__file__).parent
TABLES = ("math_tuned.txt", "math_held_out.txt")
WRAPPINGS = (
    r"Step by step we find the value. Therefore the answer is $\boxed{{{}}}$.",
    "We simplify.\n\n**Answer:** ${}$",
    "Adding everything up gives the result.\nThe final answer is ${}$.",
    r"Hence \[ \boxed{{{}}} \] as was to be shown.",
)
AIME_RIGHT = (
    r"\boxed{{{0}}}",
    "#### {0}",
    '{{"answer": {0}}}',
    r"The answer is \(\boxed{{{0:03d}}}\).",
    "**Answer: {0}**",
    r"so $m+n = {0}$.",
    r"\boxed{{{0}.0}}",
    r"First I thought \boxed{{12}}, but it is \boxed{{{0}}}.",
)
AIME_WRONG = (
    (r"\boxed{{{0}}}", 1),
    ("#### {0}", -1),
    ('{{"answer": {0}}}', 10),
    ("The answer is {0}.", -10),
    (r"It is not {1}: the answer is \boxed{{{0}}}.", 1),
    (r"so $m+n = {0}$.", 100),
    (r"\boxed{{-{1}}}", 0),
    (r"\boxed{{{1}.5}}", 0),
)


def aime_cases(data: Path) -> Iterator[tuple[str, str, bool]]:
    """(reply, reference, whether it is right)."""
    for answer in _aime(data):
        for text in AIME_RIGHT:
            yield text.format(answer), str(answer), True
        for text, change in AIME_WRONG:
            yield text.format(answer + change, answer), str(answer), False


def table_cases(name: str) -> Iterator[tuple[str, str, bool]]:
    """The same of a table beside this file."""
    wrapping = cycle(WRAPPINGS)
    for line in (HERE / name).read_text().splitlines():
        if line.startswith("#"):
            continue
        reference, right, wrong = (part.strip() for part in line.split("|"))
        for forms, is_right in ((right, True), (wrong, False)):
            for form in forms.split(" ; "):
                yield next(wrapping).format(form.strip()), reference, is_right


def _aime(data: Path) -> list[int]:
    """The answers of AIME 2024 and 2025; none where the shared data is absent."""
    found = []
    for name in ("aime24", "aime25"):
        path = data / "benchmarks" / f"{name}.jsonl.gz"
        if path.exists():
            with gzip.open(path, "rt") as lines:
                found += [int(json.loads(line)["answer"]) for line in lines]
    return found
