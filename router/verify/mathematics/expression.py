"""Exact arithmetic and polynomials in one unknown, read from plain text or LaTeX, and nothing else.

Whatever could be read in two ways is not read: `1/2x`, `3 1/2`, `2^3^2`, an `x` between two numbers.
Sizes are bounded, so that no text takes long.
"""

from __future__ import annotations

import re
from fractions import Fraction

from router.verify.mathematics.polynomial import Polynomial, Unreadable, add, made, multiply, over

_LONGEST = 200
_TOKEN = re.compile(
    r"\s*(?:(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)|(\\[a-z]+)|([a-z])|(.))", re.IGNORECASE
)
_SIGNS = {
    r"\cdot": "*",
    r"\times": "*",
    r"\div": "/",
    "×": "*",
    "÷": "/",
    "·": "*",
    "−": "-",
    "[": "(",
    "]": ")",
}
_DROPPED = {r"\left", r"\right"}


def read(text: str) -> Polynomial:
    """The polynomial that the whole of `text` states. Raises Unreadable."""
    if len(text) > _LONGEST:
        raise Unreadable("too long")
    reader = _Reader(text.replace("**", "^"))
    found = reader.sum()
    reader.expect("")
    return found


class _Reader:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        found = ("".join(groups) for groups in _TOKEN.findall(text))
        self._tokens = [
            _SIGNS.get(token, token) for token in found if token.strip() and token not in _DROPPED
        ]
        self._place = 0
        self._depth = 0

    @property
    def next(self) -> str:
        """The token at hand, "" at the end."""
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def take(self) -> str:
        token = self.next
        self._place += 1
        return token

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise Unreadable(f"expected {token!r}")

    def sum(self) -> Polynomial:
        self._depth += 1
        if self._depth > 20:
            raise Unreadable("too deep")
        sign = -1 if self.next == "-" else 1
        if self.next in ("-", "+"):
            self.take()
        total = add(Polynomial(()), self._product(), sign)
        while self.next in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            total = add(total, self._product(), sign)
        self._depth -= 1
        return total

    def _product(self) -> Polynomial:
        total, divided = self._power(), False
        while self.next and self.next not in ("+", "-", ")", "}", "="):
            sign = self.take() if self.next in ("*", "/") else ""
            before = self._tokens[self._place - 1]
            if not sign and (divided or self.next[0].isdigit() or self.next[0] == "." or before == "^"):
                raise Unreadable("a product without a sign that can be read in two ways")
            factor = self._power()
            total, divided = (
                (over(total, factor), True) if sign == "/" else (multiply(total, factor), divided)
            )
        return total

    def _power(self) -> Polynomial:
        base = self._atom()
        if self.next != "^":
            return base
        self.take()
        exponent = self._atom()
        if exponent.unknown or self.next == "^" or exponent.degree > 0:
            raise Unreadable("an exponent that is no plain number")
        n = exponent.at(Fraction(0))
        if n.denominator != 1 or not 0 <= n <= 64:
            raise Unreadable("an exponent that is no small whole number")
        result = Polynomial((Fraction(1),))
        for _ in range(int(n)):
            result = multiply(result, base)
        return result

    def _atom(self) -> Polynomial:
        token = self.take()
        if token in ("(", "{"):
            inner = self.sum()
            self.expect(")" if token == "(" else "}")
            return inner
        if token in (r"\frac", r"\dfrac", r"\tfrac") and self.next == "{":
            return over(self._atom(), self._atom())
        if token[:1].isdigit() or (token[:1] == "." and len(token) > 1):
            return made([Fraction(token.replace(",", ""))])
        if len(token) == 1 and token.isalpha() and token.isascii():
            return Polynomial((Fraction(0), Fraction(1)), token)
        raise Unreadable(f"{token!r}")
