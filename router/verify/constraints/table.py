"""Instruction id -> the arguments it takes and its check. The one table of every kind there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from router.domain.value import value
from router.verify.constraints import (
    case,
    combination,
    content,
    form,
    keywords,
    language,
    length,
    punctuation,
    startend,
)
from router.verify.constraints.outcome import RELATIONS, Outcome

Argument: TypeAlias = int | str | tuple[str, ...]


@value
class Kind:
    """A check and its arguments: name -> int, str or tuple, or the closed set of strings it may be."""

    check: Callable[..., Outcome]
    arguments: Mapping[str, type | tuple[str, ...]]


def _kind(check: Callable[..., Outcome], **arguments: type | tuple[str, ...]) -> Kind:
    return Kind(check, arguments)


KINDS: Mapping[str, Kind] = {
    "change_case:capital_word_frequency": _kind(
        case.capital_word_frequency, capital_frequency=int, capital_relation=RELATIONS
    ),
    "change_case:english_capital": _kind(case.english_capital),
    "change_case:english_lowercase": _kind(case.english_lowercase),
    "combination:repeat_prompt": _kind(combination.repeat_prompt, prompt_to_repeat=str),
    "combination:two_responses": _kind(combination.two_responses),
    "detectable_content:number_placeholders": _kind(content.number_placeholders, num_placeholders=int),
    "detectable_content:postscript": _kind(content.postscript, postscript_marker=str),
    "detectable_format:constrained_response": _kind(form.constrained_response),
    "detectable_format:json_format": _kind(form.json_format),
    "detectable_format:multiple_sections": _kind(
        form.multiple_sections, section_spliter=str, num_sections=int
    ),
    "detectable_format:number_bullet_lists": _kind(form.number_bullet_lists, num_bullets=int),
    "detectable_format:number_highlighted_sections": _kind(
        form.number_highlighted_sections, num_highlights=int
    ),
    "detectable_format:title": _kind(form.title),
    "keywords:existence": _kind(keywords.existence, keywords=tuple),
    "keywords:forbidden_words": _kind(keywords.forbidden_words, forbidden_words=tuple),
    "keywords:frequency": _kind(keywords.frequency, keyword=str, frequency=int, relation=RELATIONS),
    "keywords:letter_frequency": _kind(
        keywords.letter_frequency, letter=str, let_frequency=int, let_relation=RELATIONS
    ),
    "language:response_language": _kind(language.response_language, language=str),
    "length_constraints:nth_paragraph_first_word": _kind(
        length.nth_paragraph_first_word, first_word=str, num_paragraphs=int, nth_paragraph=int
    ),
    "length_constraints:number_paragraphs": _kind(length.number_paragraphs, num_paragraphs=int),
    "length_constraints:number_sentences": _kind(
        length.number_sentences, num_sentences=int, relation=RELATIONS
    ),
    "length_constraints:number_words": _kind(length.number_words, num_words=int, relation=RELATIONS),
    "punctuation:no_comma": _kind(punctuation.no_comma),
    "startend:end_checker": _kind(startend.end_checker, end_phrase=str),
    "startend:quotation": _kind(startend.quotation),
}
