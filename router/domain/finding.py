"""What an outcome check found."""

from __future__ import annotations

from router.domain.kinds import Verdict
from router.domain.value import value


@value
class Finding:
    """A verdict with its evidence in words, for the trace."""

    verdict: Verdict
    evidence: str
