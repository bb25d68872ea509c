"""Text -> sparse features: known words, and pairs of words that stand at most four apart.

Pairs carry what single words do not ("how many _ left", "prove _ every"), and open pairs carry it through
changed wording: on held-out GSM8K and MMLU questions pairs up to four apart order questions better than
neighbours alone (the card beside the weights has the figures). Everything from words to features is integer
arithmetic in numpy, so that the cost hardly grows with the text.

The same functions serve training and requests: what was fitted is what is read. Must not hold a weight.
"""

from __future__ import annotations

import re
from itertools import chain

import numpy as np
import numpy.typing as npt

from router.classify.text import CLIP

Keys = npt.NDArray[np.int64]

WINDOW = 4
"""Words: the furthest apart that two words of a pair may stand."""
_BITS = 20
"""Bits of a word's number in a key: vocabularies stay below a million words."""
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_ASCII_TOKEN = re.compile(r"([a-z]++|[0-9]++|\S) ?")
"""The same where lower-case ASCII is all there is: a range is tested faster than a category, and a space that
is taken with its word is not tried as the beginning of another."""
_BEYOND = (1 << 3 * _BITS,) * WINDOW
"""What follows the last word: greater than any feature's key."""
_PAIRS_BEYOND = tuple(sum(min(apart, count) for apart in range(1, WINDOW + 1)) for count in range(WINDOW + 1))
"""Pairs that reach beyond the end, by the number of words up to `WINDOW`."""
_APART = (np.arange(1 + WINDOW, dtype=np.int64) << 2 * _BITS)[:, None]
_FIRST = np.array([0] + [1 << _BITS] * WINDOW, np.int64)[:, None]
"""What a row's first words are shifted by: a single word is its own second word."""
_MOST = 2 * (2 * CLIP + 1)
"""Times that a key can stand in a clipped text: the lower case of a character is two at most."""
_LN = np.log(np.arange(1, _MOST + 1, dtype=np.float32))
_FREQUENCIES = np.concatenate((np.zeros(1, np.float32), _LN + np.float32(1.0)))
_FRESH = np.ones((1 + WINDOW) * _MOST + 1, bool)
_LENGTHS = tuple(f"#{length}" for length in range(32))


class Numbers(dict[str, int]):
    """Word -> 1 .. 2**20 - 1. Runs of digits are numbered by their length; a word that is not in it is 0.

    Only what is not found at once costs more: one word in fifty, and numbers."""

    __slots__ = ()

    def __missing__(self, word: str) -> int:
        return self.get(_digits(word), 0) if word.isdecimal() else 0


def split(short: str) -> list[str]:
    """Words in lower case, runs of digits, single marks. `short`: a clipped text."""
    low = short.lower()
    return (_ASCII_TOKEN if low.isascii() else _TOKEN).findall(low)


def tokens(short: str) -> list[str]:
    """The same with runs of digits by their length, as `Numbers` has them."""
    return [_digits(token) if token.isdecimal() else token for token in split(short)]


def keys(found: list[str], numbers: Numbers) -> Keys:
    """The sorted feature keys of a text, repeats included.

    `found`: as `split` or `tokens` gives it. A word without a number is 0, so are its places in pairs."""
    count = len(found)
    padded = np.fromiter(chain(map(numbers.__getitem__, found), _BEYOND), np.int64, count + WINDOW)
    # The first row is of single words, each other one of pairs so far apart. Few calls, for each costs as
    # much as some hundred words; pairs beyond the end sort behind all others.
    grid = _FIRST * padded[:count]
    grid += np.ndarray((1 + WINDOW, count), np.int64, padded, 0, (8, 8))
    grid += _APART
    every = grid.ravel()
    every.sort()
    return every[: (1 + WINDOW) * count - _PAIRS_BEYOND[min(count, WINDOW)]]


def whole(distinct: Keys) -> npt.NDArray[np.bool_]:
    """Which keys are of known words alone: only those can be features."""
    second = distinct & (1 << _BITS) - 1
    first = distinct >> _BITS & (1 << _BITS) - 1
    return np.asarray((second > 0) & ((first > 0) | (distinct < 1 << 2 * _BITS)))


def counted(every: Keys) -> tuple[Keys, npt.NDArray[np.float32]]:
    """Distinct keys of sorted ones, and 1 + ln(times) of each: sublinear term frequency (Salton 1988)."""
    starts = beginnings(every)
    return every[starts[:-1]], frequency(starts[1:] - starts[:-1])


def beginnings(every: Keys) -> npt.NDArray[np.int64]:
    """Where each distinct one of sorted keys begins, and the end of them all."""
    fresh = _FRESH[: len(every) + 1].copy()
    np.not_equal(every[1:], every[:-1], out=fresh[1:-1])
    return fresh.nonzero()[0]


def frequency(times: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """1 + ln(times), of what stands in one clipped text."""
    return _FREQUENCIES.take(times)


def _digits(token: str) -> str:
    return _LENGTHS[min(len(token), len(_LENGTHS) - 1)]
