"""One answer's text, stripped of what carries no meaning: delimiters, markdown, spacing, kinds of fraction.

Only changes that cannot turn one value into another; what an answer is worth is decided elsewhere.
"""

from __future__ import annotations

import re

_PAIRS = (
    ("$$", "$$"),
    ("$", "$"),
    (r"\(", r"\)"),
    (r"\[", r"\]"),
    ("**", "**"),
    ("__", "__"),
    ("`", "`"),
    ("*", "*"),
)
_PLAIN = {
    "−": "-",
    "–": "-",
    "＝": "=",
    "，": ",",
    "×": r"\times ",
    "·": r"\cdot ",
    "π": r"\pi ",
    "∞": r"\infty ",
    "≤": r"\le ",
    "≥": r"\ge ",
    "°": r"^\circ",
    "∪": r"\cup ",
    "\u00a0": " ",
    "\u202f": " ",
    r"\dfrac": r"\frac",
    r"\tfrac": r"\frac",
    r"\cfrac": r"\frac",
    r"\leq": r"\le",
    r"\geq": r"\ge",
    r"\lbrace": r"\{",
    r"\rbrace": r"\}",
}
_SPACING = re.compile(r"(?<!\\)\\[,;:! ]|\\q?quad(?![a-zA-Z])|\\(?:left|right|[bB]igg?[lr]?)(?![a-zA-Z])|~")
_ROOT = re.compile(r"√\s*(\d+|\([^()]*\))")
_SHORT_FRACTION = re.compile(r"\\frac\s*(\d)\s*(\d)(?!\d)")
_THOUSANDS = re.compile(r"(?<=\d)\\[,!; ](?=\d{3}(?!\d))")
_IDLE_SPACE = re.compile(r"(?<![^\W_])\s+|\s+(?![^\W_])")
_SHORT_ROOT = re.compile(r"\\sqrt\s*(\d)")
_ASSIGNED = re.compile(r"^\\?[a-zA-Z](?:_\{?\w+\}?)?(?:\([a-z]\))?\s*(?:=|\\in(?![a-z]))\s*(?=\S)")
_WORDS = re.compile(r"\\(?:text|mathrm|textbf|mathbf|mbox|operatorname)\s*\{([^{}]*)\}")
_ANGLE_FUNCTION = re.compile(r"\\(?:sin|cos|tan|cot|sec|csc)(?![a-z])")
_DEGREES = re.compile(r"(\d+(?:\.\d+)?)\s*\^\s*\{?\s*\\circ\s*\}?")
_IMAGINARY = re.compile(r"(?<![a-zA-Z\\{])i(?![a-zA-Z])|(?<=\{)i(?=[\s+*^}-])(?![a-zA-Z])")
_INDEXED = re.compile(r"\\sum|\\prod|_\{?i|\\text|\\mathrm|\\operatorname|\\begin")
_CLOSING = ".,;:。"


def clean(text: str) -> str:
    """`text` without enclosing marks, final punctuation and pure spacing, in one spelling."""
    text = text.strip()
    for old, new in _PLAIN.items():
        text = text.replace(old, new)
    text = _bare(text)
    text = _SPACING.sub(" ", _THOUSANDS.sub("", text))
    text = _ROOT.sub(lambda m: rf"\sqrt{{{m.group(1).strip('()')}}}", text)
    text = _SHORT_FRACTION.sub(r"\\frac{\1}{\2}", text)
    text = _SHORT_ROOT.sub(r"\\sqrt{\1}", text)
    return " ".join(text.split())


def words(text: str) -> str:
    r"""`text` with `\text{...}` and its like replaced by what they hold."""
    return " ".join(_WORDS.sub(r" \1 ", text).split())


def value_side(text: str) -> str:
    r"""The right side of `x = 5` or `x \in [0, 1]`; any other text as it is."""
    found = _ASSIGNED.match(text)
    rest = text[found.end() :] if found else text
    return rest if found and "=" not in rest and "," not in rest.partition("\\")[0] else text


def formula(text: str) -> str:
    r"""`text` as the algebra library is to read it: degrees as radians in functions, `i` as a root of -1."""
    if _ANGLE_FUNCTION.search(text):
        text = _DEGREES.sub(r"\\frac{\1\\pi}{180}", text)
    return text if _INDEXED.search(text) else _IMAGINARY.sub(r"{\\sqrt{-1}}", text)


def same_text(one: str, other: str) -> bool:
    """Whether two cleaned answers are the same but for idle spaces: `3 1/2` is not `31/2`."""
    return bool(one) and _IDLE_SPACE.sub("", one) == _IDLE_SPACE.sub("", other)


def _bare(text: str) -> str:
    """Without enclosing pairs of marks and closing punctuation, whichever comes first."""
    while True:
        before = text
        text = text.rstrip(_CLOSING).strip()
        for opening, closing in _PAIRS:
            inner = text[len(opening) : -len(closing)]
            if text.startswith(opening) and text.endswith(closing) and inner and opening not in inner:
                text = inner.strip()
                break
        if text == before:
            return text
