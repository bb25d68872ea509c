"""Words that people, checks and judges said of an answer, sealed on their way to the journal. Pure.

They quote what was asked and answered, so where there is a key for prompts they are sealed with it: journal,
quarantine and database never have them in plain text. What they amount to (score, verdict, opinion) stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from router.domain.opinions import FeedbackRecord, JudgementRecord
from router.domain.records import AttemptRecord, VerdictRecord

Seal = Callable[[str, str], str]
"""Of a request's id and a text the sealed text."""
SHOWN = "sealed: `tiergate prompts show --words`"
"""What a screen without the key has in its place."""
_SEALED = re.compile(r"\d+\.[0-9a-f]{8}\.[A-Za-z0-9_-]{36,}=*", re.ASCII)
_QUOTED_CHECK = "check: "
"""How an attempt's error begins that quotes a check."""


def is_sealed(text: str) -> bool:
    """By its form, as `router/prompts/vault.py` writes it."""
    return _SEALED.fullmatch(text) is not None


def shown(text: str | None) -> str | None:
    """For a screen: what is sealed says so."""
    return SHOWN if text is not None and is_sealed(text) else text


def sealed_feedback(row: FeedbackRecord, seal: Seal) -> FeedbackRecord:
    """With correction and comment sealed."""
    words = (None if text is None else seal(row.request_id, text) for text in (row.correction, row.comment))
    correction, comment = words
    return replace(row, correction=correction, comment=comment)


def sealed_verdict(row: VerdictRecord, seal: Seal) -> VerdictRecord:
    """With its evidence sealed."""
    return replace(row, evidence=seal(row.request_id, row.evidence)) if row.evidence else row


def sealed_judgement(row: JudgementRecord, seal: Seal) -> JudgementRecord:
    """With its reason sealed."""
    return row if row.reason is None else replace(row, reason=seal(row.request_id, row.reason))


def without_quotes(rows: Sequence[AttemptRecord]) -> Sequence[AttemptRecord]:
    """Attempts that failed a check say no more than that: the words are in the verdict's row, sealed."""
    return [
        replace(row, error="check failed") if row.error and row.error.startswith(_QUOTED_CHECK) else row
        for row in rows
    ]
