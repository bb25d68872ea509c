"""How often the verifiers are wrong, as far as it was measured: the figures that ship with the gateway.

A verifier that is missing here is unknown, and no decision counts on it until a policy states its rates.
What passes `structure`, `signs` or `language` has a form, which says nothing of being right; `reference`
and `arithmetic` have not been measured; agreement of samples depends on the model.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.domain.acceptance import ErrorRates
from router.domain.kinds import Task, VerifierName


def counted(accepted: int, wrong: int, rejected: int, right: int, source: str, *tasks: Task) -> ErrorRates:
    """Rates from `accepted` of `wrong` and `rejected` of `right` decided answers, with half an answer added
    to either side (Jeffreys' prior): no verifier is taken to be never wrong because a bench was short."""
    false_accept, false_reject = (accepted + 0.5) / (wrong + 1.0), (rejected + 0.5) / (right + 1.0)
    return ErrorRates(false_accept, false_reject, source, frozenset(tasks))


MEASURED: Mapping[VerifierName, ErrorRates] = {
    VerifierName.MATHEMATICS: counted(0, 171, 1, 170, "tests/bench/VERIFY.md, formulas held out"),
    VerifierName.CODE: counted(
        4, 353, 0, 208, "tests/bench/CODE_CHECKS.md, broken solutions that the tests let pass included"
    ),
    VerifierName.CONSTRAINTS: counted(
        1, 3938, 0, 1721, "tests/bench/VERIFY.md, IFEval's 25 kinds", Task.INSTRUCTION
    ),
}
