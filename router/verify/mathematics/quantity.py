"""Plain numbers, exactly: integers, decimals, fractions, mixed numbers and powers of ten, with their unit.

Most final answers are such numbers, and comparing them here costs microseconds where the algebra library
in its worker costs milliseconds. Anything that is not plainly a number is left to that library: no guessing.
"""

from __future__ import annotations

import re
from fractions import Fraction

from router.domain.value import value
from router.verify.mathematics.notation import words

_LONGEST = 200
_DIGITS = r"\d{1,3}(?:(?:,|\{,\})\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_NUMBER = re.compile(
    rf"""(?P<sign>[-+]?)\s*(?P<money>\\?\$|€|£|USD\s|EUR\s)?\s*
    (?:
        (?:(?P<whole>\d+)\s*)?\\frac\s*\{{\s*(?P<top>-?\d+)\s*\}}\s*\{{\s*(?P<bottom>-?\d+)\s*\}}
      | (?:(?P<whole2>\d+)\s+)?(?P<top2>\d+)\s*/\s*(?P<bottom2>\d+)
      | (?P<ahead>\d*)\.(?P<once>\d*)\\overline\s*\{{(?P<endless>\d+)\}}
      | (?P<digits>{_DIGITS})(?:\s*(?:\\times|\\cdot|\*|x)\s*10\s*\^\s*\{{?(?P<exponent>-?\d{{1,3}})\}}?
                               |[eE](?P<exponent2>[-+]?\d{{1,3}}))?
    )
    \s*(?P<unit>.*)""",
    re.VERBOSE | re.DOTALL,
)
_UNIT = re.compile(r"(?:[^\W\d_]+\.?)(?:[ /·-]?(?:[^\W\d_]+\.?))*\s*(?:\^?\{?-?\d\}?|²|³)?")
_SQUARE = str.maketrans({"²": "2", "³": "3", "^": None, "{": None, "}": None, ".": None, " ": None})
_ALIASES = {
    name: canonical
    for canonical, names in {
        "m": "meter metre meters metres",
        "cm": "centimeter centimetre centimeters centimetres",
        "mm": "millimeter millimetre millimeters millimetres",
        "km": "kilometer kilometre kilometers kilometres",
        "in": "inch inches",
        "ft": "foot feet",
        "kg": "kilogram kilograms",
        "g": "gram grams",
        "l": "liter litre liters litres",
        "s": "sec second seconds",
        "min": "minute minutes mins",
        "h": "hr hrs hour hours",
        "d": "day days",
        "deg": "degree degrees circ",
        "usd": "dollar dollars",
        "eur": "euro euros",
        "gbp": "pound pounds",
        "cent": "cents",
    }.items()
    for name in [canonical, *names.split()]
}
_MONEY = {"$": "usd", "\\$": "usd", "USD": "usd", "€": "eur", "EUR": "eur", "£": "gbp"}
_FRACTION_WORDS = {"squareunits", "units", "unit", "cubicunits", "squareunit"}


@value
class Quantity:
    """An exact number; `unit` is "" for none, "%" for a percentage, else one spelling of its name."""

    number: Fraction
    unit: str

    @property
    def is_known_unit(self) -> bool:
        """Whether the unit is one whose other names are known here."""
        return self.unit in _ALIASES


def quantity(text: str) -> Quantity | None:
    """The number that the whole of a cleaned answer states; None when it is not plainly one."""
    if len(text) > _LONGEST:
        return None
    found = _NUMBER.fullmatch(words(text.replace(r"^\circ", " circ").replace(r"^{\circ}", " circ")))
    if found is None:
        return None
    unit = _unit(found["unit"], found["money"])
    number = _number(found)
    return None if unit is None or number is None else Quantity(number, unit)


def _number(found: re.Match[str]) -> Fraction | None:
    if found["digits"]:
        exponent = int(found["exponent"] or found["exponent2"] or 0)
        number = Fraction(found["digits"].replace("{,}", "").replace(",", "")) * Fraction(10) ** exponent
    elif found["endless"]:
        number = _repeating(found["ahead"] or "0", found["once"], found["endless"])
    else:
        bottom = int(found["bottom"] or found["bottom2"])
        if bottom == 0:
            return None
        part = Fraction(int(found["top"] or found["top2"]), bottom)
        number = int(found["whole"] or found["whole2"] or 0) + part
    return -number if found["sign"] == "-" else number


def _repeating(ahead: str, once: str, endless: str) -> Fraction:
    """The value of decimals that repeat `endless` for ever."""
    nines = (10 ** len(endless) - 1) * 10 ** len(once)
    return Fraction(int(ahead + once), 10 ** len(once)) + Fraction(int(endless), nines)


def _unit(text: str, money: str | None) -> str | None:
    """One spelling of a unit; "" for none; None when the text after the number is no unit."""
    text = text.strip().strip("$").strip()
    if money:
        return None if text else _MONEY[money.strip()]
    if not text:
        return ""
    if text in ("%", r"\%", "percent", "per cent"):
        return "%"
    if not _UNIT.fullmatch(text) or len(text) > 30 or (len(text) == 1 and text not in _ALIASES):
        # A single letter after a number is a variable, unless it is a known unit.
        return None
    name = text.translate(_SQUARE).casefold()
    return "" if name in _FRACTION_WORDS else _ALIASES.get(name, name)
