"""Compares formulas with an algebra library in processes that can be killed.

A library that does algebra can be made to run for ever or to take all memory by one line of an answer, so it
never runs in the gateway: whatever goes wrong with a comparison is "cannot say", with the reason.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from router.domain.value import value
from router.verify.killable.pool import Pool

_HANDLER = Path(__file__).with_name("worker.py")
_LONGEST = 2_000
"""Characters of a formula that are still compared; longer ones are no final answers."""
_DEEPEST = 40
"""Brackets open at once, beyond which the parser takes exponential time."""


@value
class Comparison:
    """`equal` is None when it cannot be said; `reason` then says why; `broken`: the library could not run."""

    equal: bool | None
    reason: str = ""
    broken: bool = False


class Workers:
    """An `Equality` on `size` processes, which take seconds to import the library. Close it when done."""

    def __init__(self, *, size: int = 2, limit_s: float = 3.0, memory_bytes: int = 1 << 30) -> None:
        self.installed = importlib.util.find_spec("math_verify") is not None
        """Whether the library is there; without it every comparison is "cannot say"."""
        wanted = size if self.installed else 0
        self._pool = Pool(_HANDLER, size=wanted, limit_s=limit_s, memory_bytes=memory_bytes)

    def compare(self, reference: str, answer: str) -> Comparison:
        """Whether two formulas are equal. Blocks, for `limit_s` at most: call it off the event loop."""
        if not self.installed:
            return Comparison(None, "the algebra library is not installed (extra verify)", broken=True)
        if max(len(reference), len(answer)) > _LONGEST or _depth(answer) > _DEEPEST:
            return Comparison(None, "the formula is too long or too deep to compare")
        reply = self._pool.ask({"reference": reference, "answer": answer})
        if reply.said is None:
            return Comparison(None, f"the comparison: {reply.reason}", broken=True)
        return Comparison(reply.said.get("equal"), str(reply.said.get("reason", "")))

    def close(self) -> None:
        """Ends the processes; later comparisons are "cannot say"."""
        self._pool.close()


def _depth(text: str) -> int:
    deepest = depth = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return deepest
