"""Text -> sparse features: known words, and pairs of words that stand at most four apart.

Pairs carry what single words do not ("how many _ left", "prove _ every"), and open pairs carry it through
changed wording: on held-out GSM8K and MMLU questions pairs up to four apart order questions better than
neighbours alone (the card beside the weights has the figures). Everything from words to features is integer
arithmetic in numpy, so that the cost hardly grows with the text.

The same functions serve training and requests: what was fitted is what is read. Must not hold a weight.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]

WINDOW = 4
"""Words: the furthest apart that two words of a pair may stand."""
_BITS = 20
"""Bits of a word's number in a key: vocabularies stay below a million words."""
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_LENGTHS = tuple(f"#{length}" for length in range(32))


def tokens(short: str) -> list[str]:
    """Words in lower case, runs of digits by their length, single marks. `short`: a clipped text."""
    return [_digits(token) if token.isdecimal() else token for token in _TOKEN.findall(short.lower())]


def keys(found: list[str], numbers: Mapping[str, int]) -> tuple[Keys, int]:
    """The sorted feature keys of a text, repeats included, and how many more had an unknown word in them.

    `numbers`: word -> 1 .. 2**20 - 1.
    """
    coded = np.array([numbers.get(token, 0) for token in found], dtype=np.int64)
    parts = [coded]
    for apart in range(1, min(WINDOW, len(found) - 1) + 1):
        first, second = coded[:-apart], coded[apart:]
        pairs = (first << _BITS) + second + (apart << 2 * _BITS)
        pairs[(first == 0) | (second == 0)] = 0
        parts.append(pairs)
    every = np.concatenate(parts)
    every.sort()
    unknown = int(np.searchsorted(every, 1))
    return every[unknown:], unknown


def counted(every: Keys) -> tuple[Keys, npt.NDArray[np.float32]]:
    """Distinct keys of sorted ones, and 1 + ln(times) of each: sublinear term frequency (Salton 1988)."""
    if not len(every):
        return every, np.zeros(0, np.float32)
    starts = np.flatnonzero(np.concatenate(([True], every[1:] != every[:-1])))
    times = np.diff(np.concatenate((starts, [len(every)])))
    return every[starts], (1.0 + np.log(times)).astype(np.float32)


def _digits(token: str) -> str:
    return _LENGTHS[min(len(token), len(_LENGTHS) - 1)]
