"""How far a corrected text is from the text it corrects. Pure and exact."""

from __future__ import annotations

LONGEST = 10_000
"""Characters, after the common beginning and end are taken off. At this size a comparison takes about 50 ms;
the time grows with the square."""


def normalised(before: str, after: str) -> float | None:
    """Levenshtein distance over the length of the longer text: 0 the same, 1 nothing kept.

    None when what differs is longer than `LONGEST`: an exact figure would cost too much.
    """
    longer = max(len(before), len(after))
    if not longer:
        return 0.0
    before, after = _differing(before, after)
    if max(len(before), len(after)) > LONGEST:
        return None
    return levenshtein(before, after) / longer


def levenshtein(one: str, other: str) -> int:
    """Insertions, deletions and substitutions of single characters that turn one text into the other.

    The bit-parallel algorithm of Myers (J. ACM 46, 1999) as Hyyrö (2003) wrote it down for whole texts: a
    column of the table is two integers, one bit a row, and Python's integers have as many bits as needed.
    """
    if not one or not other:
        return len(one) + len(other)
    places: dict[str, int] = {}
    for row, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << row
    all_rows, last_row = (1 << len(one)) - 1, 1 << len(one) - 1
    up, down, distance = all_rows, 0, len(one)
    for character in other:
        equal = places.get(character, 0)
        diagonal = ((equal & up) + up ^ up) | equal | down
        right_up = down | ~(diagonal | up) & all_rows
        right_down = up & diagonal
        distance += bool(right_up & last_row) - bool(right_down & last_row)
        right_up = right_up << 1 | 1
        up = (right_down << 1 | ~(diagonal | right_up)) & all_rows
        down = right_up & diagonal & all_rows
    return distance


def _differing(one: str, other: str) -> tuple[str, str]:
    """Both texts without what they begin and end with alike: corrections mostly change little."""
    start = _common(one, other)
    one, other = one[start:], other[start:]
    end = _common(one[::-1], other[::-1])
    return (one[:-end], other[:-end]) if end else (one, other)


def _common(one: str, other: str) -> int:
    """Characters that both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
