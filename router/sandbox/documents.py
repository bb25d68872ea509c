"""Long documents for the demo's prompts, built from a short specification.

A specification names a `kind` (manual, minutes, agreement), a `seed`, a length in `words` and `needles`:
sentences that are placed far apart in the text and that the question asks for. The same specification
always gives the same text.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind as `documents.json` describes it; `{slot}` in a sentence takes a word of that slot."""

    title: str
    section: str
    headings: tuple[str, ...]
    sentences: tuple[str, ...]
    slots: Mapping[str, tuple[str, ...]]


@cache
def _kinds() -> Mapping[str, _Kind]:
    raw = json.loads(resources.files("router.sandbox").joinpath("documents.json").read_text("utf-8"))
    slots = {slot: tuple(words) for slot, words in raw["slots"].items()}
    return {
        name: _Kind(k["title"], k["section"], tuple(k["headings"]), tuple(k["sentences"]), slots)
        for name, k in raw["kinds"].items()
    }


def build(spec: Mapping[str, Any]) -> str:
    """The document of a specification. Raises KeyError for an unknown kind."""
    kind = _kinds()[spec["kind"]]
    rng = random.Random(int(spec["seed"]))
    paragraphs = _paragraphs(kind, rng, int(spec["words"]))
    needles = list(spec["needles"])
    step = len(paragraphs) / (len(needles) + 1)
    for i, needle in reversed(list(enumerate(needles, start=1))):
        at = round(i * step)
        paragraphs[at] = f"{paragraphs[at]} {needle}"
    return "\n\n".join([kind.title, *paragraphs])


def _paragraphs(kind: _Kind, rng: random.Random, words: int) -> list[str]:
    made: list[str] = []
    total = number = 0
    while total < words:
        heading = kind.headings[number % len(kind.headings)]
        number += 1
        for item in range(1, rng.randint(3, 5) + 1):
            text = " ".join(_sentence(kind, rng) for _ in range(rng.randint(3, 5)))
            opening = f"{kind.section} {number}: {heading}\n\n" if item == 1 else ""
            made.append(f"{opening}{number}.{item} {text}")
            total += len(text.split())
    return made


def _sentence(kind: _Kind, rng: random.Random) -> str:
    text = rng.choice(kind.sentences).format(
        **{slot: rng.choice(words) for slot, words in kind.slots.items()}
    )
    return text[0].upper() + text[1:]
