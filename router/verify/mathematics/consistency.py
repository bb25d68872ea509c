"""Which answer do k samples agree on? Agreement is evidence, not proof: it is reported as a share."""

from __future__ import annotations

from collections.abc import Sequence

from router.domain.value import value
from router.verify.mathematics.compare import Equality, same_answer
from router.verify.mathematics.extract import final_answer


@value
class Agreement:
    """The answer most samples gave, the share of all samples that gave it, and which ones those are, counted
    from 0; "", 0.0 and nobody for none."""

    answer: str
    share: float
    members: tuple[int, ...] = ()


def self_consistency(answers: Sequence[str], equal: Equality | None = None) -> Agreement:
    """Groups the final answers of `answers` (whole replies) by value; ties go to the one seen first.

    A reply without a final answer counts against every group. `equal` costs at most a call per pair.
    """
    groups: list[tuple[str, list[int]]] = []
    for at, reply in enumerate(answers):
        answer = final_answer(reply)
        if answer is None:
            continue
        home = next((who for text, who in groups if same_answer(answer.text, text, equal)), None)
        if home is None:
            groups.append((answer.text, [at]))
        else:
            home.append(at)
    if not groups:
        return Agreement("", 0.0)
    text, members = max(groups, key=lambda group: len(group[1]))
    return Agreement(text, len(members) / len(answers), tuple(members))
