"""What an outcome check found, and what several of them say together."""

from __future__ import annotations

from collections.abc import Sequence

from router.domain.kinds import Verdict
from router.domain.value import value


@value
class Finding:
    """A verdict with its evidence in words, for the trace.

    `verifier` names the check ("" for several together, which are its `parts`), `duration_us` what it took.
    `idle`: there was nothing to check, so nothing to remember. `broken`: it applied and could not run.
    """

    verdict: Verdict
    evidence: str
    verifier: str = ""
    duration_us: int = 0
    idle: bool = False
    broken: bool = False
    parts: tuple[Finding, ...] = ()

    def by(self, verifier: str, duration_us: int) -> Finding:
        """The same finding, signed."""
        return Finding(self.verdict, self.evidence, verifier, duration_us, self.idle, self.broken)


_NOTHING = Finding(Verdict.UNVERIFIED, "nothing to check", idle=True)


def overall(parts: Sequence[Finding]) -> Finding:
    """One `failed` fails; else one `passed` passes; else it stays unverified. The evidence is that part's."""
    if not parts:
        return _NOTHING
    if len(parts) == 1:
        one = parts[0]
        broken = one.broken and one.verdict is Verdict.UNVERIFIED
        return Finding(one.verdict, one.evidence, "", one.duration_us, one.idle, broken, (one,))
    told = min(parts, key=_rank)
    return Finding(
        told.verdict,
        told.evidence,
        duration_us=sum([part.duration_us for part in parts]),
        idle=False not in [part.idle for part in parts],
        broken=told.verdict is Verdict.UNVERIFIED and True in [part.broken for part in parts],
        parts=tuple(parts),
    )


def _rank(part: Finding) -> int:
    """The lowest is what several parts come to; of equals the first."""
    if part.verdict is Verdict.UNVERIFIED:
        return 3 if part.idle else 2
    return 0 if part.verdict is Verdict.FAILED else 1
