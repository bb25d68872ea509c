"""Compares two formulas; the only importer of math-verify (extra `verify`). A handler of `killable.child`.

It runs in a process of its own, which may hang or run out of memory at any formula.
"""

from __future__ import annotations

import logging
from typing import Any

from math_verify import LatexExtractionConfig, parse, verify

logging.disable(logging.CRITICAL)


def answer(asked: dict[str, str]) -> dict[str, Any]:
    """`{"equal"}` for a `reference` and an `answer`, or `{"reason"}` why it cannot be said."""
    gold, got = _parsed(asked["reference"]), _parsed(asked["answer"])
    if gold is None:
        return {"reason": "the reference is no formula the library can read"}
    if got is None:
        return {"reason": "the answer is no formula the library can read"}
    # No limits by signals: they fail outside a main thread, and the parent's kill is the limit that holds.
    equal = verify(
        gold, got, timeout_seconds=None, strict=True, allow_set_relation_comp=True, raise_on_error=True
    )
    return {"equal": bool(equal)}


def _parsed(text: str) -> Any:
    """The library's object for a whole formula; None when it could only keep the text."""
    found = parse(f"${text}$", [LatexExtractionConfig()], parsing_timeout=None)
    return next((one for one in found if not isinstance(one, str)), None)


# The first comparison builds the library's tables; better before a question than during one.
answer({"reference": r"\frac{1}{2}", "answer": r"\sqrt{2}"})
