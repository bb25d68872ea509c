"""Which row a report becomes: the same report the same row, a change a further version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from router.domain.caller import Caller
from router.domain.feedback import KeyReused, Report, Thumb, new_version, repeated
from router.domain.opinions import FeedbackRecord

CALLER = Caller("key", "acme", "search", "site")
UP, DOWN = Report("r", thumb=Thumb.UP), Report("r", thumb=Thumb.DOWN)


def told(*reports: Report) -> list[FeedbackRecord]:
    """What the ledger holds after these reports."""
    rows: list[FeedbackRecord] = []
    for report in reports:
        if repeated(report, rows) is None:
            rows.append(new_version(report, CALLER, rows, len(rows), keep_text=True))
    return rows


def test_the_same_report_is_one_row() -> None:
    """Sent again, it is the row that is there."""
    [row] = told(UP, UP)
    assert repeated(UP, [row]) is row


def test_a_change_is_a_version() -> None:
    """Each change adds a row, going back to what was said before too; no two rows share an id."""
    rows = told(UP, DOWN, DOWN, UP)
    assert [(row.version, row.thumb) for row in rows] == [(1, "up"), (2, "down"), (3, "up")]
    assert len({row.id for row in rows}) == 3


def test_gateways_agree_without_talking() -> None:
    """Two gateways that take the same report at once make rows of one id."""
    first = new_version(UP, CALLER, [], 1, keep_text=True)
    second = new_version(UP, CALLER, [], 2, keep_text=True)
    assert first.id == second.id
    assert new_version(UP, replace(CALLER, key_id="other"), [], 1, keep_text=True).id != first.id


def test_an_idempotency_key_is_one_report() -> None:
    """The same key with the same report is one row, even after a change; with another report, refused."""
    first = Report("r", thumb=Thumb.UP, idempotency_key="k")
    rows = told(first, DOWN)
    assert repeated(first, rows) is rows[0]
    with pytest.raises(KeyReused):
        repeated(replace(DOWN, idempotency_key="k"), rows)


def test_distance_needs_both_texts() -> None:
    """Without the answer the distance is unknown; the answer itself is never in the row."""
    report = Report("r", correction="Paris is it", answer="Lyon is it")
    row = new_version(report, CALLER, [], 1, keep_text=True)
    assert row.edit_distance == pytest.approx(5 / 11)
    assert "Lyon is it" not in str(row)
    alone = new_version(replace(report, answer=None), CALLER, [], 1, keep_text=True)
    assert alone.edit_distance is None


def test_texts_may_stay_outside() -> None:
    """Where texts are not kept, the distance and the digest still are."""
    report = Report("r", correction="b", answer="a", comment="c", label="l")
    row = new_version(report, CALLER, [], 1, keep_text=False)
    assert (row.correction, row.comment, row.label, row.edit_distance) == (None, None, "l", 1.0)
    assert repeated(report, [row]) is row
