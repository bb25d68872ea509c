"""Patterns of prompts that ask for words or letters, forbid them, or count them."""

from __future__ import annotations

import re

from router.verify.constraints.outcome import AT_LEAST, LESS_THAN
from router.verify.constraints.phrase import AMOUNT, Found, Rule, amount, listed, rule

_COUNT = rf"(?:{AMOUNT} times|at least (?P<few>once|twice)|(?P<few2>once|twice) or more)"
_WORD = r"(?:[\"“”'‘’](?P<quoted>[^\"“”'‘’\n]{1,40})[\"“”'‘’]|(?P<bare>[\w-]+))"
_LETTER = r"[\"“”'‘’]?(?P<letter>[a-zA-Z])[\"“”'‘’]?"
_KEYWORDS = r"(?:key ?words?|words?|terms?)"
_ITEM = r"[\"“'‘][^\"“”'‘’\n]{1,40}[\"”'’]"
_QUOTED_LIST = rf"\[?(?P<list>{_ITEM}(?:(?:,? (?:and|or) |, ?){_ITEM})*+)"
_BARE_LIST = r"(?P<list>[^.\n\"“'():*]{2,120})(?=[.\n]|$)"
_FEW = {"once": 1, "twice": 2}
_TIMES = "times|once|twice"
_QUOTES = "\"|“|'|‘"
_DENIED = "not|don|never|avoid|without|refrain"


def _counted(found: re.Match[str]) -> tuple[str, int]:
    few = found["few"] or found["few2"]
    return (AT_LEAST, _FEW[few.casefold()]) if few else amount(found)


def _frequency(found: re.Match[str]) -> Found | None:
    relation, count = _counted(found)
    word = found["quoted"] or found["bare"]
    if len(word) < 2:
        return None
    return "keywords:frequency", {"keyword": word, "relation": relation, "frequency": count}


def _letters(found: re.Match[str]) -> Found:
    relation, count = _counted(found)
    letter = found["letter"].lower()
    return "keywords:letter_frequency", {"letter": letter, "let_relation": relation, "let_frequency": count}


def _no_letter(found: re.Match[str]) -> Found:
    letter = found["letter"].lower()
    return "keywords:letter_frequency", {"letter": letter, "let_relation": LESS_THAN, "let_frequency": 1}


def _existence(found: re.Match[str]) -> Found | None:
    words = listed(found["list"])
    return ("keywords:existence", {"keywords": words}) if _are_words(words) else None


def _forbidden(found: re.Match[str]) -> Found | None:
    words = listed(found["list"])
    return ("keywords:forbidden_words", {"forbidden_words": words}) if _are_words(words) else None


def _are_words(words: tuple[str, ...]) -> bool:
    return bool(words) and all(len(word) > 1 and len(word.split()) <= 3 for word in words)


_NOT = r"(?:do not|don['’]t|not|never|avoid|without|refrain from)"
_USE = r"(?:including|include|using|use|containing|contain|mentioning|mention|saying|say|having|have)"

RULES: tuple[Rule, ...] = (
    rule(
        f"word {_TIMES}",
        rf"\b(?:the )?(?:key)?word {_WORD} (?:should |must |to )?(?:appear|appears|appearing|"
        rf"be used|occur|show up)?(?: in your (?:response|answer|reply))? ?(?:for )?{_COUNT}",
        _frequency,
    ),
    rule(
        f"word {_TIMES}",
        rf"\b(?:include|use|mention|contain) (?:the )?(?:key)?word {_WORD} (?:for )?{_COUNT}",
        _frequency,
    ),
    rule(
        f"letter {_TIMES}",
        rf"\bletter {_LETTER} (?:should |must |to )?(?:appear|appears|appearing|occur|be "
        rf"used)?(?: in your \w+)? ?(?:for )?{_COUNT}",
        _letters,
    ),
    rule(
        f"letter {_DENIED}",
        rf"\b(?<!to ){_NOT} (?:{_USE} )?(?:any words? (?:containing|with) )?the letter "
        rf"{_LETTER}\b(?! (?:more|at|less|fewer|only))",
        _no_letter,
    ),
    rule(
        f"word {_QUOTES}",
        r"(?<!not )(?<!n't )(?<!n’t )\b(?:include|use|contain|with|containing|including) "
        rf"(?:all )?(?:of )?(?:the )?(?:following )?(?:key ?words?|words):? ?{_QUOTED_LIST}",
        _existence,
    ),
    rule(
        "word key includ|containing",
        r"(?<!not )(?<!n't )(?<!n’t )\b(?:include|containing|including) (?:the )?"
        rf"(?:following )?key ?words?:? ?{_BARE_LIST}",
        _existence,
    ),
    rule(
        f"word|term {_DENIED} {_QUOTES}",
        rf"\b{_NOT} {_USE}? ?(?:any of )?(?:the )?(?:following )?{_KEYWORDS}"
        rf":? ?{_QUOTED_LIST}",
        _forbidden,
    ),
    rule(
        f"word key {_DENIED}",
        rf"\b{_NOT} {_USE}? ?(?:any of )?(?:the )?(?:following )?key ?words?:? ?{_BARE_LIST}",
        _forbidden,
    ),
    rule(
        f"word {_QUOTES} should|must|can|may",
        r"\b(?:the )?(?:key)?words? (?P<list>[\"“'‘][^.\n]{1,80}?[\"”'’]) (?:should|must|can|"
        r"may)(?: not|n['’]t) (?:appear|be used|be included|occur)",
        _forbidden,
    ),
)
