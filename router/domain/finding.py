"""What an outcome check found."""

from __future__ import annotations

from dataclasses import dataclass

from router.domain.kinds import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict with its evidence in words, for the trace."""

    verdict: Verdict
    evidence: str
