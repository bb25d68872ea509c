"""Do several answers to one question agree? For mathematics without a reference: final answers by majority.

Self-consistency (Wang et al., arXiv 2203.11171). Agreement is evidence, not proof: models agree on wrong
answers too, so nothing here is ever `passed`.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.domain.finding import Finding
from router.domain.kinds import Verdict, VerifierName
from router.verify.mathematics.consistency import self_consistency
from router.verify.port import Completion, texts


def agreed(completions: Sequence[Completion]) -> tuple[frozenset[int], list[Finding]]:
    """Which of the completions give the final answer that more than half of all give (none: no such
    answer), and what is to be said of each."""
    found = self_consistency(["\n".join(texts(completion)) for completion in completions])
    count = len(completions)
    members = frozenset(found.members if 2 * len(found.members) > count else ())
    said = []
    for at in range(count):
        if not members:
            words = f"no answer that more than half of {count} samples give"
        else:
            stands = "is" if at in members else "is not"
            words = f"{stands} the answer that {len(members)} of {count} samples give"
        said.append(Finding(Verdict.UNVERIFIED, words).by(VerifierName.CONSISTENCY, 0))
    return members, said
