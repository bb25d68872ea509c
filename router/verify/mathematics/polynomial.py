"""Polynomials in one unknown with exact coefficients, of bounded size, and the algebra that checks need."""

from __future__ import annotations

from fractions import Fraction

from router.domain.value import value

_DEGREE = 8
_BITS = 2_048


class Unreadable(ValueError):
    """Not plainly arithmetic or a polynomial in one unknown."""


@value
class Polynomial:
    """Coefficients from the constant up, without zeros at the end; `unknown` is "" for a number."""

    coefficients: tuple[Fraction, ...]
    unknown: str = ""

    @property
    def degree(self) -> int:
        """-1 for zero."""
        return len(self.coefficients) - 1

    def at(self, x: Fraction) -> Fraction:
        """The value at `x`."""
        total = Fraction(0)
        for coefficient in reversed(self.coefficients):
            total = total * x + coefficient
        return total


def add(one: Polynomial, other: Polynomial, sign: int = 1) -> Polynomial:
    """`one + sign * other`."""
    size = max(len(one.coefficients), len(other.coefficients))
    left, right = (list(p.coefficients) + [Fraction(0)] * (size - len(p.coefficients)) for p in (one, other))
    return made([a + sign * b for a, b in zip(left, right, strict=True)], one, other)


def multiply(one: Polynomial, other: Polynomial) -> Polynomial:
    """The product."""
    product = [Fraction(0)] * max(0, one.degree + other.degree + 1)
    for i, a in enumerate(one.coefficients):
        for j, b in enumerate(other.coefficients):
            product[i + j] += a * b
    return made(product, one, other)


def remainder(one: Polynomial, other: Polynomial) -> Polynomial:
    """What is left of `one` after division by `other`, which must not be zero."""
    rest = list(one.coefficients)
    while len(rest) >= len(other.coefficients):
        factor, shift = rest[-1] / other.coefficients[-1], len(rest) - len(other.coefficients)
        rest = [c - factor * _at(other.coefficients, i - shift) for i, c in enumerate(rest)][:-1]
    return made(rest, one, other)


def _at(coefficients: tuple[Fraction, ...], place: int) -> Fraction:
    return coefficients[place] if 0 <= place < len(coefficients) else Fraction(0)


def made(coefficients: list[Fraction], *parents: Polynomial) -> Polynomial:
    """Trimmed and within bounds; raises Unreadable for two unknowns."""
    while coefficients and coefficients[-1] == 0:
        coefficients.pop()
    names = {parent.unknown for parent in parents} - {""}
    large = any(c.numerator.bit_length() + c.denominator.bit_length() > _BITS for c in coefficients)
    if len(names) > 1 or large or len(coefficients) > _DEGREE + 1:
        raise Unreadable("two unknowns, or too large")
    return Polynomial(tuple(coefficients), names.pop() if names else "")


def over(one: Polynomial, other: Polynomial) -> Polynomial:
    """The quotient by a number; raises Unreadable for anything else."""
    if other.degree != 0:
        raise Unreadable("a division by zero or by an unknown")
    return multiply(one, Polynomial((1 / other.coefficients[0],)))
