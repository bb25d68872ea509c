"""The demo's prompts: complete, checkable, and with an answer key that is right."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest

from router.domain.kinds import DataClass, Task
from router.sandbox.answers import Draft, right_answer, seeded, wrong_answer
from router.sandbox.checks import Answer, passes
from router.sandbox.prompts import Prompt, load_prompts
from router.sandbox.prose import working
from router.sandbox.tokens import count
from router.verify.code import find_isolation

PROMPTS = load_prompts()
CHECKED = [p for p in PROMPTS if p.check is not None]


def _staircase(left: int, last: int = 0) -> int:
    steps = [s for s in (1, 2, 3) if s <= left and not (s == last == 3)]
    return sum(_staircase(left - s, s) for s in steps) if left else 1


def _tilings(columns: int) -> int:
    return 1 if columns < 2 else _tilings(columns - 1) + 2 * _tilings(columns - 2)


def _sums(n: int) -> int:
    return 1 if n < 3 else _sums(n - 1) + _sums(n - 3)


def _inside(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    def side(p: tuple[int, int], q: tuple[int, int], x: int, y: int) -> int:
        return (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])

    points = itertools.product(range(51), repeat=2)
    signs = ([side(a, b, *p) > 0, side(b, c, *p) > 0, side(c, a, *p) > 0] for p in points)
    return sum(all(s) for s in signs)


def _dice() -> int:
    hits = Fraction(sum(sum(t) % 4 == 0 for t in itertools.product(range(1, 7), repeat=3)), 216)
    return hits.numerator + hits.denominator


def _zeros(n: int) -> int:
    digits = str(math.factorial(n))
    return len(digits) - len(digits.rstrip("0"))


def _floors() -> int:
    return len({k // 6 + 2 * k // 6 + 3 * k // 6 for k in range(121)})


COUNTED: dict[str, Callable[[], int]] = {
    "olympiad-01": lambda: sum((n % 6 == 0 or n % 10 == 0) and n % 15 != 0 for n in range(1, 2001)),
    "olympiad-02": lambda: sum(
        1440 % (a * b) == 0 for a in range(1, 1441) if 1440 % a == 0 for b in range(1, 1441)
    ),
    "olympiad-03": lambda: (3**2025 + 5**2025 + 7**2025) % 100,
    "olympiad-04": lambda: _staircase(12),
    "olympiad-05": lambda: sum(m & (m >> 2) == 0 for m in range(2**14)),
    "olympiad-06": lambda: next(n for n in itertools.count(1) if _zeros(n) == 38),
    "olympiad-07": lambda: _inside((0, 0), (42, 14), (12, 50)),
    "olympiad-08": lambda: _tilings(9),
    "olympiad-09": lambda: sum(n for n in range(1, 1000) if n * n % 1000 == n),
    "olympiad-10": _dice,
    "olympiad-11": lambda: sum(
        sum(digits) == 20 for digits in itertools.combinations_with_replacement(range(1, 10), 5)
    ),
    "olympiad-12": _floors,
    "olympiad-13": lambda: sum(
        p[0] == 2 and all(v != i for i, v in enumerate(p, 1)) for p in itertools.permutations(range(1, 8))
    ),
    "olympiad-14": lambda: sum(math.gcd(k, 360) for k in range(1, 361)),
    "turns-04": lambda: _sums(15),
}


def _reply(draft: Draft) -> Answer:
    filler = working(seeded("test"), 80) + "\n\n" if draft.work else ""
    content = None if draft.content is None else filler + draft.content
    return Answer(content, tuple((name, json.dumps(arguments)) for name, arguments in draft.calls))


def test_there_are_enough_prompts_of_every_kind() -> None:
    """There are at least 120 prompts with distinct ids, covering all tasks, data classes and three teams."""
    assert len(PROMPTS) >= 120
    assert len({p.id for p in PROMPTS}) == len(PROMPTS)
    assert {p.task for p in PROMPTS} == set(Task) - {Task.OTHER}
    assert {p.metadata["data_class"] for p in PROMPTS} == {str(c) for c in DataClass}
    assert len({p.metadata["team"] for p in PROMPTS}) == 3
    assert sum(p.stream for p in PROMPTS) >= 20
    assert Counter(p.expect for p in PROMPTS)["refusal"] >= 2


@pytest.mark.parametrize("prompt", CHECKED, ids=lambda p: p.id)
def test_right_answer_passes_and_wrong_one_fails(prompt: Prompt) -> None:
    """The key's right answer passes the prompt's check and each plausible wrong one fails it."""
    if prompt.check is not None and prompt.check["type"] == "python_tests" and find_isolation() is None:
        pytest.skip("no isolation on this machine: code is not run")
    assert passes(prompt, _reply(right_answer(prompt))) is True
    for seed in range(4):
        assert passes(prompt, _reply(wrong_answer(prompt, seeded(prompt.id, str(seed))))) is False


@pytest.mark.parametrize("prompt_id", COUNTED)
def test_olympiad_answers_are_counted_by_brute_force(prompt_id: str) -> None:
    """The integer in the key of each olympiad-like prompt equals a brute-force count."""
    prompt = next(p for p in PROMPTS if p.id == prompt_id)
    assert prompt.check is not None
    assert prompt.check["value"] == COUNTED[prompt_id]()


def test_every_olympiad_prompt_is_counted() -> None:
    """No olympiad-like prompt lacks its brute-force count."""
    assert {p.id for p in PROMPTS if p.id.startswith("olympiad-")} <= COUNTED.keys()


def test_prompts_without_check_expect_a_refusal() -> None:
    """Each prompt is either checkable or expects to be refused."""
    assert all(p.expect == "refusal" for p in PROMPTS if p.check is None)


def test_conversations_are_distinct() -> None:
    """No two prompts share their user turns, so the answer key is unambiguous."""
    texts = [str([m for m in p.messages if m["role"] in ("user", "tool")]) for p in PROMPTS]
    assert len(set(texts)) == len(texts)


def test_long_documents_hold_their_needles() -> None:
    """Each long prompt has over a thousand words and every needle of its document occurs in it once."""
    long = [p for p in PROMPTS if p.id.startswith("long-")]
    assert len(long) >= 8
    for prompt in long:
        text = prompt.messages[-1]["content"]
        assert len(text.split()) > 1_000
        assert "{{" not in text
    budget = next(p for p in long if p.id == "long-02").messages[-1]["content"]
    assert budget.count("close the branch in Aldmoor on 30 June 2026") == 1
    assert budget.count("capped at 1.9 million euros") == 1


def test_loading_twice_gives_the_same_prompts() -> None:
    """Documents are built alike each time, so a prompt can be found again by its text."""
    assert load_prompts() == PROMPTS


def test_request_carries_hints_for_the_gateway_only() -> None:
    """The request names workload and data class as gateway hints, and neither task nor answer."""
    prompt = next(p for p in PROMPTS if p.id == "restricted-01")
    request = prompt.request()
    assert request["metadata"] == {
        "tiergate_workload": "case-files",
        "tiergate_data_class": "restricted",
        "prompt_id": "restricted-01",
    }
    assert request.keys() == {"model", "messages", "metadata", "response_format"}


def test_filler_holds_no_number() -> None:
    """Simulated working never contains a digit that a check could take for the answer."""
    text = working(seeded("digits"), 400)
    assert 380 <= count(text) <= 440
    assert not any(c.isdigit() for c in text)
