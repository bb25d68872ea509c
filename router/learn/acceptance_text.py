"""`tiergate learn evidence`: acceptance by model, task and verifier, for people and for programs.

Beside it stands how often the verifier itself is wrong, where that was measured: a share of passed answers is
a share of right ones only as far as the check is right. Values to text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from router.domain.acceptance import Acceptance, ErrorRates
from router.domain.interval import wilson
from router.domain.kinds import Task, VerifierName
from router.policy.ability.document import Verdicts
from router.policy.table import aligned

Rates = Mapping[VerifierName, ErrorRates]
_Z95 = 1.96
_HEAD = ["model", "task", "verifier", "passed", "failed", "unverified", "accepted", "95%"]
_HEAD += ["wrong ones passed", "right ones failed"]


def evidence_lines(found: Verdicts, rates: Rates, fewest: int) -> Iterator[str]:
    """A table, and what its columns mean."""
    if not found:
        yield "no verdicts: rules with `verify` leave them, once a check had something to check"
        return
    yield from aligned(_HEAD, (_row(*key, one, rates, fewest) for key, one in found.items()))
    yield ""
    yield f"accepted: passed of passed and failed; unknown below {fewest} answers. 95%: Wilson's interval."
    named = sorted({verifier for _, _, verifier in found})
    for verifier in named:
        source = rates[verifier].source if verifier in rates else "not measured: no decision counts on it"
        yield f"error rates of {verifier}: {source}"


def evidence_json(found: Verdicts, rates: Rates, fewest: int) -> bytes:
    """The same figures; null is unknown."""
    rows = [
        {
            "model": model,
            "task": task,
            "verifier": verifier,
            "passed": one.passed,
            "failed": one.failed,
            "unverified": one.unverified,
            "n": one.n,
            "accepted": one.passed / one.decided if _known(one, fewest) else None,
            "interval_95": wilson(one.passed, one.decided, _Z95) if _known(one, fewest) else None,
            "coverage": one.decided / one.n if one.known(fewest) else None,
            "error_rates": _rates(rates.get(verifier), task),
        }
        for (model, task, verifier), one in found.items()
    ]
    return orjson.dumps({"fewest": fewest, "acceptance": rows}, option=orjson.OPT_INDENT_2)


def _rates(rates: ErrorRates | None, task: Task) -> dict[str, object] | None:
    if rates is None or not rates.hold_for(task):
        return None
    return {
        "false_accept": rates.false_accept,
        "false_reject": rates.false_reject,
        "source": rates.source,
    }


def _known(one: Acceptance, fewest: int) -> bool:
    return one.known(fewest) and one.decided > 0


def _row(
    model: str, task: Task, verifier: VerifierName, one: Acceptance, rates: Rates, fewest: int
) -> list[str]:
    counts = [f"{one.passed:,}", f"{one.failed:,}", f"{one.unverified:,}"]
    if _known(one, fewest):
        low, high = wilson(one.passed, one.decided, _Z95)
        share = [f"{one.passed / one.decided:.1%}", f"{low:.1%} to {high:.1%}"]
    else:
        share = ["unknown", f"{one.n:,} of {fewest}"]
    known = rates.get(verifier)
    wrong = ["unknown", "unknown"]
    if known is not None and known.hold_for(task):
        wrong = [f"{known.false_accept:.2%}", f"{known.false_reject:.2%}"]
    return [model, task, verifier, *counts, *share, *wrong]
