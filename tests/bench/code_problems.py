"""Small problems for `code_checks`: their names and arguments. `code_solutions` has what is right."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Arguments = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """`edges` are arguments that a careful caller would test; `draw` makes more."""

    name: str
    edges: tuple[Arguments, ...]
    draw: Callable[[random.Random], Arguments]


def _numbers(r: random.Random, low: int = -9, high: int = 9) -> list[int]:
    return [r.randint(low, high) for _ in range(r.randint(0, 8))]


def _word(r: random.Random, letters: str = "abcab ") -> str:
    return "".join(r.choice(letters) for _ in range(r.randint(0, 9)))


PROBLEMS = (
    Problem(
        "is_prime",
        ((0,), (1,), (2,), (9,), (25,), (97,)),
        lambda r: (r.randint(0, 200),),
    ),
    Problem(
        "fibonacci",
        ((0,), (1,), (2,), (10,)),
        lambda r: (r.randint(0, 15),),
    ),
    Problem(
        "gcd",
        ((0, 5), (5, 0), (12, 18), (7, 13)),
        lambda r: (r.randint(1, 90), r.randint(1, 90)),
    ),
    Problem(
        "palindrome",
        (("",), ("a",), ("ab",), ("a ba",), ("abca",)),
        lambda r: (_word(r, "ab "),),
    ),
    Problem(
        "count_vowels",
        (("",), ("AEIOU",), ("xyz",), ("Hello",)),
        lambda r: (_word(r, "aeXBioUz"),),
    ),
    Problem(
        "largest_gap",
        (([],), ([4],), ([1, 9],), ([5, 1, 2],)),
        lambda r: (_numbers(r),),
    ),
    Problem(
        "two_sum",
        (([], 3), ([1, 2], 3), ([3, 3], 6), ([1, 5], 10)),
        lambda r: (_numbers(r, 0, 9), r.randint(0, 15)),
    ),
    Problem(
        "run_lengths",
        (("",), ("a",), ("aab",), ("aba",)),
        lambda r: (_word(r, "aab"),),
    ),
    Problem(
        "binary_search",
        (([], 1), ([1, 2, 3], 0), ([1, 2, 3], 3), ([1, 2, 3], 9)),
        lambda r: (_numbers(r), r.randint(-10, 10)),
    ),
    Problem(
        "to_roman",
        ((1,), (4,), (9,), (44,), (99,), (100,)),
        lambda r: (r.randint(1, 150),),
    ),
    Problem(
        "collatz",
        ((1,), (2,), (6,), (27,)),
        lambda r: (r.randint(1, 60),),
    ),
    Problem(
        "merge_intervals",
        (([],), ([[1, 2], [2, 3]],), ([[1, 9], [2, 3]],), ([[5, 6], [1, 2]],)),
        lambda r: ([sorted((r.randint(0, 20), r.randint(0, 20))) for _ in range(r.randint(0, 5))],),
    ),
    Problem(
        "balanced",
        (("",), ("()",), (")(",), ("(()",), ("())",)),
        lambda r: (_word(r, "()"),),
    ),
    Problem(
        "digit_sum",
        ((0,), (9,), (-15,), (1000,)),
        lambda r: (r.randint(-9999, 9999),),
    ),
    Problem(
        "rotate",
        (([], 3), ([1], 5), ([1, 2, 3], 1), ([1, 2, 3], 3), ([1, 2, 3], 4)),
        lambda r: (_numbers(r), r.randint(0, 12)),
    ),
    Problem(
        "transpose",
        (([],), ([[1]],), ([[1, 2], [3, 4]],), ([[1, 2, 3]],)),
        lambda r: ([[r.randint(0, 9) for _ in range(3)] for _ in range(r.randint(0, 4))],),
    ),
    Problem(
        "word_counts",
        (("",), ("a",), ("a A b",), ("  x  ",)),
        lambda r: (_word(r, "ab AB "),),
    ),
    Problem(
        "second_largest",
        (([],), ([1],), ([2, 2],), ([1, 2],), ([2, 1, 2],)),
        lambda r: (_numbers(r),),
    ),
    Problem(
        "flatten",
        (([],), ([1],), ([[1], 2],), ([[[]]],)),
        lambda r: ([r.choice([1, [2], [3, [4, []]], []]) for _ in range(r.randint(0, 5))],),
    ),
    Problem(
        "power_mod",
        ((2, 0, 5), (2, 10, 1), (3, 4, 7), (0, 0, 3)),
        lambda r: (r.randint(0, 20), r.randint(0, 20), r.randint(1, 30)),
    ),
    Problem(
        "longest_rise",
        (([],), ([1],), ([1, 2, 2, 3],), ([3, 2, 1],), ([1, 2, 3],)),
        lambda r: (_numbers(r),),
    ),
    Problem(
        "caesar",
        (("", 3), ("xyz", 3), ("a b", 0), ("abc", 26), ("A", 1)),
        lambda r: (_word(r, "abyzA "), r.randint(-30, 30)),
    ),
    Problem(
        "change_ways",
        ((0,), (1,), (5,), (10,)),
        lambda r: (r.randint(0, 30),),
    ),
    Problem(
        "common_prefix",
        (([],), (["ab"],), (["ab", "ac"],), (["", "a"],), (["ab", "a"],)),
        lambda r: ([_word(r, "aab") for _ in range(r.randint(0, 3))],),
    ),
    Problem(
        "edit_distance",
        (("", ""), ("a", ""), ("ab", "b"), ("abc", "axc")),
        lambda r: (_word(r, "ab")[:5], _word(r, "ab")[:5]),
    ),
    Problem(
        "triangle",
        ((0,), (1,), (2,), (5,)),
        lambda r: (r.randint(0, 8),),
    ),
)
