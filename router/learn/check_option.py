"""`--check` of `tiergate eval-router`: error rates of the checks to simulate."""

from __future__ import annotations

import click

from router.learn.cascade import Rates

GRID = ("0/0", "0.003/0.009", "0.01/0.01", "0.05/0.02", "0.1/0.05", "0.2/0.05", "0.3/0.1", "0.5/0.1", "1/0")
"""From a perfect check to one that passes everything; 0.3% and 0.9% are what the mathematics verifier was
measured at (tests/bench/VERIFY.md)."""


def read_checks(texts: tuple[str, ...], cascade: bool) -> tuple[Rates, ...]:
    """The checks named, the grid where `cascade` names none; () for neither. Raises click.UsageError."""
    return tuple(map(_read, texts or (GRID if cascade else ())))


def _read(text: str) -> Rates:
    accept, _, reject = text.partition("/")
    try:
        rates = Rates(float(accept), float(reject))
    except ValueError:
        rates = Rates(-1.0, -1.0)
    if not (0 <= rates.false_accept <= 1 and 0 <= rates.false_reject <= 1):
        raise click.UsageError(f"--check {text}: give FALSE_ACCEPT/FALSE_REJECT from 0 to 1, as in 0.05/0.02")
    return rates
