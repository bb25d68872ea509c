"""An answer against a reference that is no formula: exact text, a number, a choice, or shared words.

Every check is deterministic and in process; what is compared is named in the evidence. `failed` means
"not the reference by this measure"; where nothing comparable is found the verdict is `unverified`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.verify.mathematics.extract import final_answer
from router.verify.mathematics.notation import clean, value_side, words
from router.verify.mathematics.quantity import quantity

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_SHOWN = 60
_LETTER = r"[(\[]?([A-Za-z])[)\].:]?"
_ALONE = re.compile(rf"\W*{_LETTER}\W*")
_LEADING = re.compile(r"\W*(?:option |choice |answer )?[(\[]?([A-Z])[)\].:]\s")
_NAMED = re.compile(
    r"(?:answer|choice|option|antwort|respuesta|réponse|答案)\s*(?:is|:|=|为|是|ist|est|es)?\s*[:：]?\s*[*_\s]*"
    r"(?:option |choice )?[(\[]?((?-i:[A-Z])(?![\w'’])|[a-z](?=[)\].*_ \t]*(?:\n|\Z)))",
    re.IGNORECASE,
)


def normalised(text: str) -> str:
    """Lower case, no punctuation, no English articles, single spaces: SQuAD's normalisation, and NFKC."""
    low = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(char for char in low if not unicodedata.category(char).startswith(("P", "S")))
    return " ".join(_ARTICLES.sub(" ", bare).split())


def check_exact(answer: str, references: Sequence[str]) -> Finding:
    """`passed` when the answer, or the part marked as its answer, equals a reference once normalised."""
    wanted = {normalised(reference) or reference.strip() for reference in references}
    found = next((one for one in _candidates(answer) if (normalised(one) or one.strip()) in wanted), None)
    if found is not None:
        return Finding(Verdict.PASSED, f"{_short(found)} is a reference")
    return Finding(Verdict.FAILED, f"{_short(answer)} is none of {len(references)} reference(s)")


def check_number(answer: str, reference: str, *, relative: float = 0.0, absolute: float = 0.0) -> Finding:
    """Compares the final number of `answer` within the larger of both tolerances.

    Raises ValueError when the reference is no number. Different units are `unverified`."""
    wanted = quantity(clean(reference))
    if wanted is None:
        raise ValueError(f"the reference is no number: {reference!r}")
    found = final_answer(answer)
    got = quantity(value_side(clean(found.text))) if found else None
    if found is None or got is None:
        return Finding(Verdict.UNVERIFIED, "no final number found")
    if got.unit and wanted.unit and got.unit != wanted.unit:
        return Finding(Verdict.UNVERIFIED, f"in {got.unit}, asked in {wanted.unit}")
    allowed = max(Fraction(absolute), Fraction(relative) * abs(wanted.number))
    verdict = Verdict.PASSED if abs(got.number - wanted.number) <= allowed else Verdict.FAILED
    return Finding(verdict, f"{_short(found.text)} ({found.place}) against {_short(reference)}")


def check_choice(answer: str, reference: str, options: Mapping[str, str] | None = None) -> Finding:
    """Compares the one letter an answer chooses. `options`: letter -> its text, for answers in words.

    An answer that names no letter, or several, is `unverified`."""
    wanted = reference.strip("() .").upper()
    chosen = _chosen(answer) or _by_text(answer, options or {})
    if chosen is None:
        return Finding(Verdict.UNVERIFIED, "no single choice found")
    verdict = Verdict.PASSED if chosen == wanted else Verdict.FAILED
    return Finding(verdict, f"chose {chosen}, expected {wanted}")


def check_words(answer: str, references: Sequence[str], *, threshold: float = 0.8) -> Finding:
    """`passed` when the F1 of shared words with the best reference is at least `threshold`."""
    best = max((token_f1(answer, reference) for reference in references), default=0.0)
    verdict = Verdict.PASSED if best >= threshold else Verdict.FAILED
    return Finding(verdict, f"word F1 {best:.2f}, asked for {threshold:g}")


def token_f1(answer: str, reference: str) -> float:
    """SQuAD's F1: harmonic mean of the shares of words in common; 1.0 when both have none."""
    got, wanted = normalised(answer).split(), normalised(reference).split()
    if not got or not wanted:
        return float(got == wanted)
    common = sum((Counter(got) & Counter(wanted)).values())
    return 2 * common / (len(got) + len(wanted))


def _candidates(answer: str) -> list[str]:
    """The whole answer, its last line and the part it marks as the answer."""
    text = answer.rpartition("</think>")[2].strip()
    found = final_answer(text)
    marked = [words(clean(found.text))] if found and found.anchored else []
    return [text, text.rpartition("\n")[2], *marked]


def _chosen(answer: str) -> str | None:
    text = answer.rpartition("</think>")[2].strip()
    found = final_answer(text)
    marked = words(clean(found.text)) if found and found.place in ("boxed", "json") else text
    if alone := _ALONE.fullmatch(marked):
        return alone[1].upper()
    named = {letter.upper() for letter in _NAMED.findall(text)}
    if named:
        return named.pop() if len(named) == 1 else None
    leading = _LEADING.match(marked + " ")
    return leading[1] if leading else None


def _by_text(answer: str, options: Mapping[str, str]) -> str | None:
    said = {normalised(one) for one in _candidates(answer)}
    named = [letter.upper() for letter, text in options.items() if normalised(text) in said]
    return named[0] if len(named) == 1 else None


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= _SHOWN else flat[:_SHOWN] + "...")
