"""Patterns of prompts that ask for a form: case, quotes, JSON, a title, a language, an end, a postscript."""

from __future__ import annotations

import re

from router.verify.constraints.phrase import QUOTED, REPLY, Found, Rule, plain, rule

LANGUAGES = {
    "arabic": "ar", "bengali": "bn", "bulgarian": "bg", "chinese": "zh", "czech": "cs", "danish": "da",
    "dutch": "nl", "english": "en", "farsi": "fa", "finnish": "fi", "french": "fr", "german": "de",
    "greek": "el", "gujarati": "gu", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "indonesian": "id",
    "italian": "it", "japanese": "ja", "kannada": "kn", "korean": "ko", "marathi": "mr", "nepali": "ne",
    "norwegian": "no", "persian": "fa", "polish": "pl", "portuguese": "pt", "punjabi": "pa", "romanian": "ro",
    "russian": "ru", "spanish": "es", "swahili": "sw", "swedish": "sv", "tamil": "ta", "telugu": "te",
    "thai": "th", "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
}  # fmt: skip
_NAMED = f"(?P<language>{'|'.join(LANGUAGES)})"
_LANGUAGE_END = r"(?= language|,|[.;!?](?:\s|$)|\n|$| in your| only| and no| to )"
_ONLY = r"(?:only|entirely|completely|exclusively|solely)"
_ONLY_IN = f"only|entirely|completely|exclusively|solely {'|'.join(LANGUAGES)}"


def _language(found: re.Match[str]) -> Found | None:
    code = LANGUAGES[found["language"].casefold()]
    # "In English and in all capital letters" is another instruction.
    return None if code == "en" else ("language:response_language", {"language": code})


def _capitals(found: re.Match[str]) -> Found | None:
    """All capitals, unless it is words, names or parts that are to be so."""
    before = found.string[max(0, found.start() - 70) : found.start()]
    narrower = re.search(
        r"\b(?:words?|phrases?|names?|titles?|sections?|headings?|letters in)\b[^.\n]*$", before
    )
    return None if narrower else ("change_case:english_capital", {})


def _end(found: re.Match[str]) -> Found:
    return "startend:end_checker", {"end_phrase": found["phrase"].strip()}


def _postscript(found: re.Match[str]) -> Found:
    spelled = found["marker"].upper().replace(" ", "")
    return "detectable_content:postscript", {"postscript_marker": "P.P.S" if "P.P" in spelled else "P.S."}


_CAPITALS = (
    r"(?:all (?:in )?(?:capital letters|caps|capitals|uppercase(?: letters)?|capital case)"
    r"|capital letters only|only capital letters)"
)
_SMALL = (
    r"(?:(?:all |only )(?:in )?(?:lower[ -]?case)(?: letters)?(?: only)?|lower[ -]?case(?: letters)? only)"
)
_WHOLE = rf"(?:{REPLY}|the (?:entire|whole) \w+|everything)"

RULES: tuple[Rule, ...] = (
    rule(
        "capital|caps|uppercase all|only",
        rf"\b{_CAPITALS}\b(?! (?:letters precede|precede|should|must|to|that|less|more|at|appear))",
        _capitals,
    ),
    plain(
        "lower all|only",
        rf"(?<!contains )(?<!consists of )(?<!consist of )\b{_SMALL}\b(?! english letters| (?:letters )"
        r"?precede)",
        "change_case:english_lowercase",
    ),
    plain(
        "letters capital|upper no|without",
        r"\b(?:no|without(?: using)?(?: any)?|not (?:use|contain|include)(?: any)?) (?:capital|upper[ "
        r"-]?case) letters\b",
        "change_case:english_lowercase",
    ),
    plain(
        "comma",
        r"\b(?:no|not|don['’]t|never|without|avoid|refrain from|free of|instead of)\b"
        r"(?: (?:to|be|allowed|use|using|used|contain|containing|include|including|have|having|any|"
        r"the|of|there|should|a|single))*"
        r" commas?\b(?! exist)",
        "punctuation:no_comma",
    ),
    plain(
        "quot double",
        rf"\b(?:wrap|put|enclose|surround)(?:ped|d)? {_WHOLE}(?: \w+){{0,3}}? (?:with|in|inside|within)"
        r" double"
        r" quot(?:ation|es?|ations)\b",
        "startend:quotation",
    ),
    plain(
        "quot double",
        rf"\b{_WHOLE} (?:should |must |needs to )?(?:be|is) (?:wrapped|enclosed|put|surrounded)(?: \w+)"
        rf"{{0,2}}? (?:with|in|inside|within)"
        r" double quot(?:ation|es?)\b",
        "startend:quotation",
    ),
    plain(
        "quot double",
        r"\bdouble quot(?:ation|es?|ations)(?: marks?)? around (?:your|the) (?:entire|whole)\b",
        "startend:quotation",
    ),
    plain(
        "json entire|whole",
        r"\b(?:wrap|put|format|give|provide|return|output|write)?(?:ped|ted)? ?(?:the |your |an? )"
        r"?(?:entire|whole) (?:response|output|answer|reply|content)\b"
        r"[^.\n]{0,40}?\bJSON\b",
        "detectable_format:json_format",
    ),
    plain(
        "json",
        r"\b(?:respond|reply|answer|output|please use|use)(?: only)?(?: in| with| using)? (?:valid )"
        r"?JSON(?: format)?\b(?! schema)",
        "detectable_format:json_format",
    ),
    plain("angular title", r"\btitle\b[^.\n]{0,60}?\bdouble angular brackets?", "detectable_format:title"),
    plain(
        "maybe answer",
        r"My answer is yes\.?[\s\S]{1,25}?My answer is no\.?[\s\S]{1,25}?My answer is maybe\.?",
        "detectable_format:constrained_response",
    ),
    plain(
        "asterisk separat|divid",
        r"(?:two|2)\b[^.\n]{0,90}?[.]?[^.\n]{0,90}?\b(?:separat|divid)[^.\n]{0,50}?(?:6|six) asterisks?",
        "combination:two_responses",
    ),
    rule(
        _ONLY_IN,
        rf"\b(?:respond|reply|answer|written|write|be|use|using|it['’]s|response|in)\b[^.\n]{{0,30}}? "
        rf"{_ONLY} (?:in |using |use )?"
        rf"(?:the )?{_NAMED}{_LANGUAGE_END}",
        _language,
    ),
    rule(_ONLY_IN, rf"\b(?:in|using|use|be) {_ONLY} (?:in )?(?:the )?{_NAMED}{_LANGUAGE_END}", _language),
    rule(_ONLY_IN, rf"\b{_ONLY} (?:in|use|using) (?:the )?{_NAMED}{_LANGUAGE_END}", _language),
    rule(
        f"only|language {'|'.join(LANGUAGES)}",
        rf"\b(?:in|use|using) (?:the )?{_NAMED}(?: language)?(?: only\b|[^.\n]{{0,60}}?no other language)",
        _language,
    ),
    rule(
        'with end|finish|conclud "',
        r"\b(?:end|finish|conclude)(?:ing)? (?:your|the|this) (?:\w+ ){1,3}?with (?:this |the )"
        r"?(?:exact )?(?:same )?"
        r"(?:phrase|words?|sentence)?(?: of)?:? ?\"(?P<phrase>[^\"]{3,200})\"",
        _end,
    ),
    rule(
        "with end|finish|conclud exact",
        r"\b(?:end|finish|conclude)(?:ing)? (?:your|the|this) (?:\w+ ){1,3}?with (?:this |the )?exact "
        r"(?:phrase|words?|sentence|question)"
        r"(?: of)?:? ?(?P<phrase>[A-Z][^.?!\"“\n]{3,150}[.?!])(?=\s*$)",
        _end,
    ),
    rule(
        "script post start|begin",
        rf"\bpost ?script\b[^.\n]{{0,40}}?(?:starting|starts|beginning|begins|start)(?: with)? "
        rf"{QUOTED}?(?P<marker>P\.? ?P\.? ?S|P\. ?S\.?)",
        _postscript,
    ),
)
