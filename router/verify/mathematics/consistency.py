"""Which answer do k samples agree on? Agreement is evidence, not proof: it is reported as a share."""

from __future__ import annotations

from collections.abc import Sequence

from router.domain.value import value
from router.verify.mathematics.compare import Equality, same_answer
from router.verify.mathematics.extract import final_answer


@value
class Agreement:
    """The answer most samples gave and the share of all samples that gave it; "" and 0.0 for none."""

    answer: str
    share: float


def self_consistency(answers: Sequence[str], equal: Equality | None = None) -> Agreement:
    """Groups the final answers of `answers` (whole replies) by value; ties go to the one seen first.

    A reply without a final answer counts against every group. `equal` costs at most a call per pair.
    """
    groups: list[list[str]] = []
    for answer in filter(None, map(final_answer, answers)):
        home = next((group for group in groups if same_answer(answer.text, group[0], equal)), None)
        if home is None:
            groups.append([answer.text])
        else:
            home.append(answer.text)
    if not groups:
        return Agreement("", 0.0)
    best = max(groups, key=len)
    return Agreement(best[0], len(best) / len(answers))
