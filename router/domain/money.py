"""Exact money: integer pico-US-dollars, so that no price a provider publishes is ever rounded.

Providers quote US dollars per million tokens with at most six decimals ($0.0375 per million cached
tokens). One millionth of a dollar per million tokens is one pico-dollar per token, so every such price is
a whole number of pico-dollars per token and every cost is a product of integers. Must not use float.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import NewType

PicoUSD = NewType("PicoUSD", int)
"""An amount of money; 1 USD = 10**12 pico-USD. Fits a signed 64-bit column up to 9.2 million USD."""

PICO_PER_USD = 10**12
_PRICE_DECIMALS = 6


def price_per_million(text: str) -> PicoUSD:
    """US dollars per million tokens, as text, to pico-USD per token. Raises ValueError with the reason."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a decimal number") from None
    if not value.is_finite() or value < 0:
        raise ValueError(f"{text!r} is not a price: it must be finite and not negative")
    scaled = value.scaleb(_PRICE_DECIMALS)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text!r} has more than {_PRICE_DECIMALS} decimals per million tokens")
    return PicoUSD(int(scaled))


def as_usd(amount: PicoUSD) -> Decimal:
    """The exact amount in US dollars."""
    return Decimal(amount).scaleb(-12)


def format_usd(amount: PicoUSD | None, places: int = 6) -> str:
    """`$0.001250`; an unknown amount is `unknown`, never zero. Rounded half-even for display only."""
    if amount is None:
        return "unknown"
    quantum = Decimal(1).scaleb(-places)
    value = as_usd(amount).quantize(quantum)
    sign = "-" if value < 0 else ""
    return f"{sign}${abs(value):,.{places}f}"


def exact_usd(amount: PicoUSD) -> str:
    """Every digit, no exponent and no trailing zeros: `0.00125`. For headers, exports and JSON."""
    if 0 < amount < PICO_PER_USD:  # nearly every amount on the request path
        return f"0.{amount:012d}".rstrip("0")
    whole, fraction = divmod(abs(amount), PICO_PER_USD)
    text = f"{whole}.{fraction:012d}".rstrip("0").rstrip(".") if fraction else str(whole)
    return f"-{text}" if amount < 0 else text
