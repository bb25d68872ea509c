"""What somebody reports of an answer, and which row it becomes. Pure: time is passed in.

A report sent twice is one row, and a changed one is a further version, without any counter that gateways
would have to share: the row's id says what was reported, by whom, and what it changes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from hashlib import blake2b

from router.domain.caller import Caller
from router.domain.edit_distance import normalised
from router.domain.opinions import FeedbackRecord
from router.domain.value import value


class Thumb(StrEnum):
    """The answer was good, or it was not."""

    UP = "up"
    DOWN = "down"


@value
class Report:
    """One report as it came. `answer` is the text that `correction` corrects; it is compared, never kept."""

    request_id: str
    score: float | None = None
    thumb: Thumb | None = None
    label: str | None = None
    correction: str | None = None
    answer: str | None = None
    comment: str | None = None
    idempotency_key: str | None = None

    def content(self) -> str:
        """A digest of all that is reported."""
        told = (self.score, self.thumb, self.label, self.correction, self.answer, self.comment)
        return _digest(told)


class KeyReused(Exception):
    """An idempotency key came again with another report."""


def repeated(report: Report, given: Sequence[FeedbackRecord]) -> FeedbackRecord | None:
    """The row that `report` is already, of those that its sender `given` before, oldest first; else None.

    Raises KeyReused.
    """
    content = report.content()
    for row in given:
        if report.idempotency_key is not None and row.idempotency_key == report.idempotency_key:
            if row.content != content:
                raise KeyReused
            return row
    return given[-1] if given and given[-1].content == content else None


def new_version(
    report: Report, caller: Caller, given: Sequence[FeedbackRecord], now_us: int, *, keep_text: bool
) -> FeedbackRecord:
    """The row of a report that changes what was `given` before, or is the first."""
    content = report.content()
    last = given[-1] if given else None
    if report.idempotency_key is not None:
        identity: tuple[object, ...] = ("key", report.idempotency_key)
    else:
        identity = ("after", last.id if last else "", content)
    distance = None
    if report.correction is not None and report.answer is not None:
        distance = normalised(report.answer, report.correction)
    return FeedbackRecord(
        _digest((report.request_id, caller.key_id, *identity)),
        report.request_id,
        last.version + 1 if last else 1,
        now_us,
        caller.organisation,
        caller.team,
        caller.project,
        caller.key_id,
        report.score,
        None if report.thumb is None else str(report.thumb),
        report.label,
        report.correction if keep_text else None,
        report.comment if keep_text else None,
        distance,
        report.idempotency_key,
        content,
    )


def _digest(told: tuple[object, ...]) -> str:
    return blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()
