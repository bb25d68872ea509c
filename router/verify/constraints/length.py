"""How long an answer is: words, sentences, paragraphs, and the word a paragraph begins with."""

from __future__ import annotations

import re

from router.verify.constraints.outcome import Outcome, amount
from router.verify.constraints.text import count_sentences, count_words

_DIVIDER = re.compile(r"\s?\*\*\*\s?")
_WORD_END = re.compile("[.,?!'\"]")


def number_words(answer: str, num_words: int, relation: str) -> Outcome:
    """The answer has so many words."""
    return amount(count_words(answer), relation, num_words, "words")


def number_sentences(answer: str, num_sentences: int, relation: str) -> Outcome:
    """The answer has so many sentences."""
    return amount(count_sentences(answer), relation, num_sentences, "sentences")


def number_paragraphs(answer: str, num_paragraphs: int) -> Outcome:
    """Exactly so many paragraphs, divided by `***`; an empty one is allowed at either end only."""
    parts = _DIVIDER.split(answer)
    empty = [place for place, part in enumerate(parts) if not part.strip()]
    if any(0 < place < len(parts) - 1 for place in empty):
        return "an empty paragraph between dividers"
    found = len(parts) - len(empty)
    return None if found == num_paragraphs else f"{found} paragraphs, asked for {num_paragraphs}"


def nth_paragraph_first_word(
    answer: str, first_word: str, num_paragraphs: int, nth_paragraph: int
) -> Outcome:
    """Exactly so many paragraphs, divided by an empty line, and the nth begins with the word."""
    parts = answer.split("\n\n")
    found = sum(bool(part.strip()) for part in parts)
    if found != num_paragraphs:
        return f"{found} paragraphs, asked for {num_paragraphs}"
    words = parts[nth_paragraph - 1].split() if nth_paragraph <= len(parts) else []
    first = _WORD_END.split(words[0].lstrip("'").lstrip('"'))[0].casefold() if words else ""
    return None if first == first_word.casefold() else f"paragraph {nth_paragraph} begins with {first!r}"
