"""Bad signs that any free text can show: empty, cut off, an endless loop, a refusal, another language.

Each function returns the evidence in words, or None. A refusal may be the right answer, so it is
`unverified`; the other signs are `failed`. The absence of bad signs proves nothing: never `passed`.
"""

from __future__ import annotations

import re

from router.domain.catalog import RepetitionGuard
from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.domain.repetition import loop_period
from router.verify.language import identify
from router.verify.refusals import refusal

_GUARD = RepetitionGuard()
_NO_BAD_SIGN = Finding(Verdict.UNVERIFIED, "no bad sign", idle=True)
_LOOKED_AT = 8_000
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
_CLOSE = (
    frozenset({"da", "no", "nb", "nn", "sv"}),
    frozenset({"hr", "sr", "bs", "sl"}),
    frozenset({"id", "ms", "jv"}),
    frozenset({"cs", "sk"}),
    frozenset({"gl", "pt", "es", "ca", "oc", "an"}),
    frozenset({"hi", "mr", "ne"}),
    frozenset({"ru", "uk", "be", "bg", "mk"}),
    frozenset({"nl", "af"}),
    frozenset({"az", "tr"}),
    frozenset({"fa", "ur", "ar", "ps", "ug"}),
)
"""Languages the identifier takes for one another: of these a difference is no evidence."""


def check_signs(answer: str, *, finish_reason: str | None = None, language: str | None = None) -> Finding:
    """`failed` on a bad sign, else `unverified`, naming a refusal. `language`: the code asked for, if any."""
    bad = (
        empty(answer)
        or truncated(answer, finish_reason)
        or looping(answer)
        or (wrong_language(answer, language) if language else None)
    )
    if bad:
        return Finding(Verdict.FAILED, bad)
    refused = refusal(answer)
    if refused:
        return Finding(Verdict.UNVERIFIED, f"refused: {refused!r}")
    return _NO_BAD_SIGN


def empty(answer: str) -> str | None:
    """Nothing visible, or only the marks of thinking."""
    visible = answer.rpartition("</think>")[2]
    return "empty answer" if _INVISIBLE.fullmatch(visible) else None


def truncated(answer: str, finish_reason: str | None = None) -> str | None:
    """Cut off: the upstream says so, thinking never ended, or a code block was never closed."""
    if finish_reason == "length":
        return "cut off by the token limit"
    if answer.rfind("<think>") > answer.rfind("</think>"):
        return "the thinking never ended"
    return "a code block was never closed" if _open_fence(answer) else None


def looping(answer: str, guard: RepetitionGuard = _GUARD) -> str | None:
    """The end repeats one unit of text, as the guard of streams defines it."""
    # White space can be the loop itself, or stand after it.
    for tail in (answer[-_LOOKED_AT:], answer.rstrip()[-_LOOKED_AT:]):
        if period := loop_period(tail, guard):
            return f"ends in a loop of {period} characters: {tail[-period:][:40]!r}"
    return None


def wrong_language(answer: str, wanted: str) -> str | None:
    """The answer is surely in another language than `wanted` (ISO 639-1), and not in a close relative."""
    guess = identify(answer)
    if not guess.sure or guess.language == wanted or any({guess.language, wanted} <= c for c in _CLOSE):
        return None
    return f"in {guess.language}, asked for {wanted}"


def _open_fence(answer: str) -> bool:
    """Whether a code fence is open at the end. One at least as long of the same kind closes it."""
    if "```" not in answer and "~~~" not in answer:
        return False
    opened = ""
    for fence in _FENCE.finditer(answer):
        marks, rest = fence.groups()
        if not opened:
            # A backtick in the info string: inline code, not a fence.
            opened = marks if "`" not in rest or marks[0] == "~" else ""
        elif marks[0] == opened[0] and len(marks) >= len(opened) and not rest.strip():
            opened = ""
    return bool(opened)
