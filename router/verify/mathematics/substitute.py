"""Checks an answer without a reference where the problem itself says how: arithmetic, polynomial equations.

"What is 17 * 23?" is computed; into "Solve for x: x^2 - 5x + 6 = 0" the answer is put. Exact, and sound or
silent: a problem with one word too many is not read, and what is not certain is `unverified`. It must
be given the whole problem: an earlier turn can change what a later one means.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.domain.value import value
from router.verify.mathematics.compare import check_reference
from router.verify.mathematics.expression import read
from router.verify.mathematics.extract import FinalAnswer, final_answer
from router.verify.mathematics.notation import clean, value_side
from router.verify.mathematics.polynomial import Polynomial, Unreadable, add, multiply, remainder
from router.verify.mathematics.quantity import Quantity, quantity

_LONGEST = 400
_DIGIT = re.compile(r"[0-9]")
_TELLS_HOW = (
    "think|reason|work|solve (?:it|this)|show|explain|answer with|answer in|give (?:me )?(?:only|just|the)"
    "|reply with|respond with|return|put|write|output|state"
)
_CHANGES_IT = (
    "round|nearest|decimal|approx|digit|significant|modulo|remainder|base|binary|hex|roman|negative|positive"
    "|double|half|plus|minus|square|largest|smallest|greatest|least|sum of|product of|times|divided"
)
_MANNER = re.compile(
    rf"(?:\s*(?:please )?(?:{_TELLS_HOW})\b(?![^.\n]*\b(?:{_CHANGES_IT}))[^.\n=+*/^]*\.?)*\s*", re.IGNORECASE
)
"""Sentences that say how to answer, and change nothing of what the answer is."""
_ARITHMETIC = re.compile(
    r"\s*(?:what is|what's|calculate|compute|evaluate|how much is|find the value of)\s+(?:the value of )?"
    r"(?P<text>[^?=\n]+?)\s*(?:=\s*\??)?[?.]?\s*",
    re.IGNORECASE,
)
_SHARE = re.compile(r"(?P<rate>\d+(?:\.\d+)?)\s*(?:\\?%|percent) of (?P<of>[\d,.]*\d)", re.IGNORECASE)
_EQUATION = re.compile(
    r"\s*(?:please )?(?:solve|find all(?: real)? (?:solutions|roots|values of \$?[a-z]\$?)(?: of| to| for)?)"
    r"\s*"
    r"(?:for \$?(?P<unknown>[a-z])\$?\s*(?:in)?\s*[:,]?\s*)?"
    r"(?:the )?(?:(?:linear|quadratic|cubic|following) )*(?:equation)?\s*:?\s*"
    r"(?P<left>[^=?\n]+)=(?P<right>[^=?\n]+?)\s*(?:for \$?(?P<unknown2>[a-z])\$?)?\s*[.?]?\s*",
    re.IGNORECASE,
)
_SOLUTIONS = re.compile(r"\s*(?:,|;|\band\b|\bor\b|\\text\{\s*(?:and|or)\s*\})\s*")


@value
class _Equation:
    polynomial: Polynomial
    only_real: bool


def check_problem(reply: str, problem: str) -> Finding:
    """A verdict where the whole of `problem` is arithmetic or an equation that asks for its solutions."""
    number = _arithmetic(problem)
    if number is not None:
        return _check_number(reply, number)
    equation = _equation(problem)
    if equation is None:
        return Finding(Verdict.UNVERIFIED, "the problem is no plain arithmetic or equation")
    found = final_answer(reply)
    if found is None or not found.anchored:
        return Finding(Verdict.UNVERIFIED, "no marked answer found")
    return _check_roots(found, equation)


def reads(problem: str) -> bool:
    """Whether `check_problem` can say anything of this problem. One without a digit is not worth reading."""
    if len(problem) > _LONGEST or _DIGIT.search(problem) is None:
        return False
    return _arithmetic(problem) is not None or _equation(problem) is not None


def _check_number(reply: str, number: Fraction) -> Finding:
    result = check_reference(reply, str(number))
    if result.verdict is Verdict.FAILED and (found := final_answer(reply)):
        got = quantity(value_side(clean(found.text)))
        decimals = len(found.text.partition(".")[2].rstrip("$*} "))
        if got is not None and decimals and abs(got.number - number) <= Fraction(1, 2 * 10**decimals):
            return Finding(Verdict.UNVERIFIED, f"{found.text!r} is a rounding of {number}")
    return Finding(result.verdict, f"computed: {result.evidence}")


def _check_roots(found: FinalAnswer, equation: _Equation) -> Finding:
    polynomial = equation.polynomial
    claimed = {one.number if one else None for one in map(_root, _SOLUTIONS.split(clean(found.text)))}
    numbers = {one for one in claimed if one is not None}
    wrong = next((one for one in numbers if polynomial.at(one) != 0), None)
    if wrong is not None:
        return Finding(Verdict.FAILED, f"{wrong} does not satisfy the equation")
    if None in claimed or not numbers:
        return Finding(Verdict.UNVERIFIED, "a solution that is no plain number")
    real, all_roots = _real_roots(polynomial), _distinct_roots(polynomial)
    if len(numbers) < real:
        return Finding(Verdict.FAILED, f"{len(numbers)} of {real} real solutions")
    if real < all_roots and not equation.only_real:
        return Finding(Verdict.UNVERIFIED, "the equation has complex solutions too")
    return Finding(Verdict.PASSED, f"all {real} solution(s) satisfy the equation")


def _root(text: str) -> Quantity | None:
    one = quantity(value_side(text))
    return one if one is not None and not one.unit else None


def _arithmetic(problem: str) -> Fraction | None:
    """The value of a problem that is nothing but arithmetic."""
    text = _core(problem, _ARITHMETIC)
    if text is None:
        return None
    expression = clean(text["text"])
    try:
        if share := _SHARE.fullmatch(expression):
            return Fraction(share["rate"]) * Fraction(share["of"].replace(",", "")) / 100
        found = read(expression)
    except (Unreadable, ValueError, IndexError):
        return None
    # A bare number is no arithmetic: "What is 42?" asks for something else.
    return None if found.unknown or re.fullmatch(r"[\d.,]+", expression) else found.at(Fraction(0))


def _equation(problem: str) -> _Equation | None:
    text = _core(problem, _EQUATION)
    if text is None:
        return None
    sides = clean(text["left"] + "=" + text["right"]).partition("=")
    try:
        polynomial = add(read(sides[0]), read(sides[2]), -1)
    except (Unreadable, ValueError, IndexError):
        return None
    named = (text["unknown"] or text["unknown2"] or polynomial.unknown).lower()
    if polynomial.degree < 1 or named != polynomial.unknown.lower():
        return None
    return _Equation(polynomial, " real " in problem)


def _core(problem: str, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """The match of the first sentence or line, when what follows only says how to answer."""
    if len(problem) > _LONGEST:
        return None
    for end in re.finditer(r"[?.:](?=\s|$)|\n|\Z", problem):
        if end.group() != ":" and _MANNER.fullmatch(problem[end.end() :]):
            return pattern.fullmatch(problem[: end.end()])
    return None


def _distinct_roots(polynomial: Polynomial) -> int:
    """The number of distinct complex roots: the degree less that of the divisor of it and its derivative."""
    one, other = polynomial, _derivative(polynomial)
    while other.degree >= 0:
        one, other = other, remainder(one, other)
    return polynomial.degree - one.degree


def _real_roots(polynomial: Polynomial) -> int:
    """The number of distinct real roots, by Sturm's theorem."""
    chain = [polynomial, _derivative(polynomial)]
    while chain[-1].degree >= 1 or (chain[-1].degree == 0 and len(chain) == 1):
        rest = remainder(chain[-2], chain[-1])
        if rest.degree < 0:
            break
        chain.append(multiply(rest, Polynomial((Fraction(-1),))))
    leading = [one.coefficients[-1] for one in chain if one.degree >= 0]
    at_minus = [c * (-1) ** one.degree for c, one in zip(leading, chain, strict=False)]
    return _changes(at_minus) - _changes(leading)


def _changes(signs: list[Fraction]) -> int:
    return sum(one * other < 0 for one, other in pairwise(signs))


def _derivative(polynomial: Polynomial) -> Polynomial:
    return Polynomial(tuple(n * c for n, c in enumerate(polynomial.coefficients))[1:], polynomial.unknown)
