"""Prompts are searched for constraints only where plain texts make a find possible. That skips no find."""

from __future__ import annotations

import gzip
import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from router.verify.constraints import detect as module
from router.verify.constraints.detect import detect

_IFEVAL = Path(__file__).parents[4] / "shared" / "data" / "benchmarks" / "ifeval.jsonl.gz"
_EVERYWHERE = [replace(rule, near=None) for rule in module._RULES]
_STATED = [
    "Use at least 3 sentences and no commas",
    "Answer with fewer than 100 words",
    "Only capital letters",
    "Write it in capital letters only",
    "Avoid the terms 'red' and 'blue'",
    "Respond only in Swahili",
    "Include the key words: sun, moon",
    "The letter q should appear at most twice",
    'The word "cat" should appear 3 or more times',
    "Put your entire reply in double quotation marks",
    "3 paragraphs separated by ***",
    "Add a post script starting with P.P.S",
]


def _check(prompt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gated = detect(prompt)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_worth_searching", lambda _: _EVERYWHERE)
        assert gated == detect(prompt), prompt


@pytest.mark.parametrize("prompt", [*_STATED, *map(str.upper, _STATED), "İ" + _STATED[0]])
def test_every_rule_is_searched_for_what_it_finds(prompt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _check(prompt, monkeypatch)


def test_random_texts_of_the_patterns_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        word for rule in module._RULES for word in re.findall(r"[A-Za-z]{2,}|['\"+*,]", rule.pattern.pattern)
    }
    words, rng = [*sorted(found), "3", "12"], random.Random(3)
    for _ in range(1_500):
        parts = rng.choices([*words, *_STATED], [1] * len(words) + [10] * len(_STATED), k=rng.randint(3, 20))
        _check(rng.choice([" ", "  ", "\n", "\u00a0", ", "]).join(parts), monkeypatch)


@pytest.mark.skipif(not _IFEVAL.exists(), reason="the benchmark data is not here")
def test_the_prompts_of_ifeval(monkeypatch: pytest.MonkeyPatch) -> None:
    with gzip.open(_IFEVAL, "rt") as lines:
        prompts = [json.loads(line)["prompt"] for line in lines]
    assert len(prompts) > 500
    for prompt in prompts:
        _check(prompt, monkeypatch)
