"""Is the final answer of a reply equal to a given reference? Exact numbers here, the rest by an `Equality`.

`failed` only where both sides are understood and differ. What the two sides could both mean (a percentage
or a share, a point or a pair of solutions, another unit) is `unverified`, as is what no library can read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.verify.mathematics.extract import final_answer, numbers
from router.verify.mathematics.notation import clean, formula, same_text, value_side, words
from router.verify.mathematics.quantity import Quantity, quantity
from router.verify.mathematics.workers import Comparison

_SHOWN = 60
_ENDING = 1_000
"""Characters of an unmarked answer's end that are searched for the reference."""
_ROUNDED = Fraction(1, 2_000_000)
"""Half of the sixth decimal place: how near a decimal must come to a fraction that has no end."""
_ORDERED = re.compile(r"^[(\[].*,.*[)\]]$", re.DOTALL)
_UNORDERED = re.compile(r"^\\?\{.*\\?\}$|^[^(\[{]*,[^)\]}]*$", re.DOTALL)
_BASED = re.compile(r"([0-9A-Za-z]+)_\{?\s*(\d{1,2})\s*\}?")
_UNCLEAR = re.compile(r"\\log(?!\s*_)(?![a-z])|\\text|\bor\b|\band\b")
_PROSE = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)*")
_CHOSEN = re.compile(r"\(?([A-Za-z])(?:\)|[.:,]\s|$)")
_LETTER = re.compile(r"\(?([A-Za-z])\)?")
_VERDICT = {False: Verdict.FAILED, True: Verdict.PASSED, None: Verdict.UNVERIFIED}


class Equality(Protocol):
    """Whether two formulas mean the same; must not raise. `workers.Workers.compare` is one."""

    def __call__(self, reference: str, answer: str, /) -> Comparison: ...


def check_reference(reply: str, reference: str, equal: Equality | None = None) -> Finding:
    """Compares the final answer found in `reply` with `reference`, a number, formula, set, interval or word.

    Without `equal`, only what is decided in process: numbers, words and identical formulas."""
    gold = clean(reference)
    found = final_answer(reply)
    if not gold:
        return Finding(Verdict.UNVERIFIED, "the reference is empty")
    if found is None:
        return Finding(Verdict.UNVERIFIED, "no final answer found")
    result = _decide(clean(found.text), gold, equal)
    shown = f"{_short(found.text)} ({found.place}) against {_short(reference)}"
    if result.equal is False and not found.anchored and _mentions(reply, gold):
        return Finding(Verdict.UNVERIFIED, f"the reply names {_short(reference)}, but not as its last value")
    evidence = f"{shown}: {result.reason or _said(result.equal)}"
    return Finding(_VERDICT[result.equal], evidence, broken=result.broken)


def same_answer(one: str, other: str, equal: Equality | None = None) -> bool:
    """Whether two final answers are known to be equal."""
    return _decide(clean(one), clean(other), equal).equal is True


def _decide(answer: str, gold: str, equal: Equality | None) -> Comparison:
    """The cheap comparisons in order of cost; the first that can say something does."""
    answer_value, gold_value = value_side(answer), value_side(gold)
    if same_text(answer_value, gold_value):
        return Comparison(True)
    for compare in _IN_PROCESS:
        if (result := compare(answer_value, gold_value)) is not None:
            return result
    if equal is None:
        return Comparison(None, "needs the algebra library")
    result = equal(formula(gold), formula(answer))
    doubt = None
    if result.equal:
        doubt = _ambiguity(answer_value, gold_value)
    elif result.equal is False and (_UNCLEAR.search(answer) or _UNCLEAR.search(gold)):
        doubt = "words, or a logarithm without a base"
    return Comparison(None, doubt) if doubt else result


def _numbers(answer: str, gold: str) -> Comparison | None:
    one, other = quantity(answer), quantity(gold)
    return None if one is None or other is None else _quantities(one, other)


def _quantities(answer: Quantity, gold: Quantity) -> Comparison:
    equal = _near(answer.number, gold.number)
    if answer.unit == gold.unit:
        return Comparison(equal)
    if "%" in (answer.unit, gold.unit):
        return _percent(answer, gold)
    if "" in (answer.unit, gold.unit):
        return Comparison(equal)
    if (answer.is_known_unit and gold.is_known_unit) or equal:
        return Comparison(None, f"in {answer.unit}, asked in {gold.unit}")
    return Comparison(False)


def _percent(answer: Quantity, gold: Quantity) -> Comparison:
    """One side is a percentage. 50% is 0.5, and is what "how many percent?" wants where 50 was expected; 0.5%
    against 0.5 may be either."""
    rate, plain = (answer, gold) if answer.unit == "%" else (gold, answer)
    if plain.unit:
        return Comparison(None, "a percentage and a unit")
    if rate.number == 100 * plain.number:
        return Comparison(True)
    if rate.number == plain.number:
        return Comparison(True) if abs(plain.number) > 1 else Comparison(None, "a percentage or a share")
    return Comparison(False)


def _near(answer: Fraction, gold: Fraction) -> bool:
    """Equal, or six right decimals of a fraction whose decimals never end."""
    if answer == gold:
        return True
    endless = pow(10, gold.denominator.bit_length(), gold.denominator) != 0
    return endless and answer.denominator % 10**5 == 0 and abs(answer - gold) <= _ROUNDED


def _based(answer: str, gold: str) -> Comparison | None:
    """Numbers with a base as subscript, which the library would ignore."""
    one, other = _BASED.fullmatch(words(answer)), _BASED.fullmatch(words(gold))
    if one is None and other is None:
        return None
    if one is None or other is None or one[2] != other[2]:
        return Comparison(None, "in another number base, or with none")
    return Comparison(one[1].lstrip("0").upper() == other[1].lstrip("0").upper())


def _prose(answer: str, gold: str) -> Comparison | None:
    """Words such as "Monday", "even" or "(B)"; only where the reference is nothing but words."""
    wanted, said = words(gold).casefold(), words(answer).casefold()
    letter = _LETTER.fullmatch(wanted)
    if letter:
        other = _CHOSEN.match(words(answer))
        return Comparison(other[1].casefold() == letter[1]) if other else None
    if _PROSE.fullmatch(wanted) and "\\" not in wanted and len(wanted) > 2:
        if said.removeprefix("the ") == wanted.removeprefix("the "):
            return Comparison(True)
        return Comparison(False) if _PROSE.fullmatch(said) or quantity(said) else None
    return None


def _ambiguity(answer: str, gold: str) -> str | None:
    """Why an equality the library found is not to be trusted: it reads these two kinds as one."""
    for one, other in ((answer, gold), (gold, answer)):
        if _ORDERED.match(one) and _UNORDERED.match(other):
            return "an ordered pair or interval against a list"
    return None


def _mentions(reply: str, gold: str) -> bool:
    """Whether the last paragraph of an unmarked answer has the reference among its numbers."""
    wanted = quantity(gold)
    last = reply.rstrip()[-_ENDING:].rpartition("\n\n")[2]
    if wanted is None:
        return gold.replace(" ", "") in clean(last).replace(" ", "")
    return any(
        (one := quantity(clean(text))) is not None and one.number == wanted.number for text in numbers(last)
    )


def _said(equal: bool | None) -> str:
    return "equal" if equal else "not equal"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= _SHOWN else flat[:_SHOWN] + "...")


_IN_PROCESS: tuple[Callable[[str, str], Comparison | None], ...] = (_numbers, _based, _prose)
