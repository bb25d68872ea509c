"""Patterns of prompts that ask for an amount: of words, sentences, paragraphs, sections and so on."""

from __future__ import annotations

import re

from router.verify.constraints.outcome import AT_LEAST
from router.verify.constraints.phrase import AMOUNT, AMOUNTS, NUMBER, Found, Rule, amount, number, rule

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NEAR = 24
"""Characters: no amount is longer, nor what must not stand after its noun."""
_FEW_WORDS = 10
"""Fewer are those of a name or a title, not of an answer."""


def _words(found: re.Match[str]) -> Found | None:
    relation, count = amount(found)
    if count < _FEW_WORDS:
        return None
    return "length_constraints:number_words", {"relation": relation, "num_words": count}


def _sentences(found: re.Match[str]) -> Found:
    relation, count = amount(found)
    return "length_constraints:number_sentences", {"relation": relation, "num_sentences": count}


def _capitals(found: re.Match[str]) -> Found:
    relation, count = amount(found)
    return (
        "change_case:capital_word_frequency",
        {"capital_relation": relation, "capital_frequency": count},
    )


def _starred_paragraphs(found: re.Match[str]) -> Found:
    return "length_constraints:number_paragraphs", {"num_paragraphs": number(found["n"])}


def _bullets(found: re.Match[str]) -> Found:
    return "detectable_format:number_bullet_lists", {"num_bullets": number(found["n"])}


def _at_least(id: str, name: str, found: re.Match[str]) -> Found | None:  # noqa: A002
    relation, count = amount(found)
    return (id, {name: count}) if relation == AT_LEAST else None


def _placeholders(found: re.Match[str]) -> Found | None:
    return _at_least("detectable_content:number_placeholders", "num_placeholders", found)


def _highlights(found: re.Match[str]) -> Found | None:
    return _at_least("detectable_format:number_highlighted_sections", "num_highlights", found)


def _sections(found: re.Match[str]) -> Found:
    splitter, count = found["name"], number(found["n"])
    return "detectable_format:multiple_sections", {"section_spliter": splitter, "num_sections": count}


def _nth_paragraph(found: re.Match[str]) -> Found:
    place = found["nth"].casefold()
    count = number(found["n"])
    nth = (
        count
        if place == "last"
        else _ORDINALS.index(place) + 1
        if place in _ORDINALS
        else int(re.sub(r"\D", "", place))
    )
    return (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": count, "nth_paragraph": nth, "first_word": found["word"].casefold()},
    )


_HIGHLIGHT_MARK = r"(?=[\s\S]{0,150}?(?:\*[^*\n]{1,60}\*|markdown|asterisk))"

RULES: tuple[Rule, ...] = (
    rule(
        f"word {AMOUNTS}",
        rf"(?<!take )\b{AMOUNT}[ -]words?\b(?! (?:with|that|which|in|be|or|all|from|of|starting|ending|"
        r"per|each))",
        _words,
        _NEAR,
    ),
    rule(
        f"sentence {AMOUNTS}",
        rf"\b{AMOUNT} sentences?\b(?! (?:with|that|which|in each|per|each|about|from))",
        _sentences,
        _NEAR,
    ),
    rule(
        f"word capital|caps|uppercase {AMOUNTS}",
        rf"\bwords? (?:with|in) all[ -]?(?:capital|caps|uppercase)(?: letters)? "
        rf"(?:should |must |to )?(?:appear|appears|be used|occur) (?:for )?{AMOUNT} times?",
        _capitals,
    ),
    rule(
        f"word capital|caps {AMOUNTS}",
        rf"\b{AMOUNT} words? (?:with|in) all[ -](?:capital letters|caps)\b",
        _capitals,
    ),
    rule(
        "*** paragraph",
        rf"\b(?P<n>{NUMBER}) paragraphs?\b(?=[^.]{{0,120}}?[.]?[^.]{{0,120}}?(?<!\*)\*\*\*(?!\*))"
        r"(?![^\n]*\bparagraph \d)",
        _starred_paragraphs,
    ),
    rule("bullet exactly", rf"\bexactly (?P<n>{NUMBER}) bullet points?\b", _bullets),
    rule(f"placeholder {AMOUNTS}", rf"\b{AMOUNT} placeholders?\b", _placeholders, _NEAR),
    rule(
        f"highlight|italic {AMOUNTS}",
        rf"\b(?:highlight|italicize)(?:ing)? {AMOUNT} (?:\w+ ){{0,2}}(?:sections?|parts?|phrases?|"
        rf"paragraphs?){_HIGHLIGHT_MARK}",
        _highlights,
    ),
    rule(
        f"highlighted section {AMOUNTS}",
        rf"\b{AMOUNT} (?:\w+ )?sections? (?:of |in |that |should |must |be |are |your |the |response |answer "
        rf"|essay )*highlighted{_HIGHLIGHT_MARK}",
        _highlights,
    ),
    rule(
        f"highlighted section {AMOUNTS}",
        rf"\b{AMOUNT} highlighted (?:text )?sections?{_HIGHLIGHT_MARK}",
        _highlights,
    ),
    rule(
        "section x with|as|by",
        rf"\b(?P<n>{NUMBER})[ -]sections?\b[^\"]{{0,120}}?\b(?i:mark(?:ed|ing)?|start(?:s|ing)?|noted|"
        r"labell?ed)"
        rf"[^.\n]{{0,50}}? (?:with|as|by) [\"“]?(?P<name>[A-Z][A-Za-z]+) X\b",
        _sections,
    ),
    rule(
        "paragraph line|\\n with",
        rf"\b(?P<n>{NUMBER}) paragraphs?\b(?!.*\*\*\*)(?=[\s\S]{{0,200}}?(?:new lines?|\\n\\n|line breaks?))"
        rf"[\s\S]{{0,250}}?\bparagraph (?P<nth>\d+|last) (?:must|should) (?:start|begin) with (?:the )?"
        rf"(?:word )?[\"“']?(?P<word>[A-Za-z]+)",
        _nth_paragraph,
    ),
    rule(
        "paragraph line|\\n with",
        rf"\b(?P<n>{NUMBER}) paragraphs?\b(?!.*\*\*\*)(?=[\s\S]{{0,200}}?(?:new lines?|\\n\\n|line breaks?))"
        rf"[\s\S]{{0,250}}?\bthe (?P<nth>{'|'.join(_ORDINALS)}|last|\d+(?:st|nd|rd|th)) paragraph "
        r"(?:must |should )?"
        rf"(?:starts?|begins?) with (?:the )?(?:word )?[\"“']?(?P<word>[A-Za-z]+)",
        _nth_paragraph,
    ),
)
