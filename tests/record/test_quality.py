"""Verified, judged and reported quality side by side, never in another's place; and what judging cost."""

from __future__ import annotations

from dataclasses import astuple

from sqlalchemy import Engine

from router.record.lines import as_done
from router.record.quality import NOTHING_KNOWN, Quality, quality_of
from router.record.quality_summary import Counted, quality_summary, summary_lines
from router.record.store import recent
from router.record.story import story_lines, story_of
from router.record.write import LedgerWriter
from tests.record import rows


class Filled:
    """A ledger with an answer that went out and was replaced before, and what was thought of it later."""

    def __init__(self, ledger: Engine) -> None:
        self.writer = LedgerWriter(ledger)
        self.plain, self.rich, self.alone = rows.new_id(), rows.new_id(), rows.new_id()
        self._settle()
        self._add("verdicts", rows.verdict(self.rich, 1, verifier="structure", verdict="failed"))
        self._add("verdicts", rows.verdict(self.rich, 2, verifier="structure", verdict="passed"))
        self._add("judgements", rows.judgement(self.rich, 2, outcome="worse", simulated=True))
        self._add(
            "judge_calls", rows.judge_call(self.rich, 1, 2), rows.judge_call(self.rich, 2, 2, cost_pico=None)
        )
        self._add("feedback", rows.feedback(self.rich, 1, thumb="down"), rows.feedback(self.rich, 2))
        other = {"key_id": "another", "thumb": None, "score": 0.2, "id": "z", "label": "wrong-figure"}
        self._add("feedback", rows.feedback(self.rich, 1, **other))
        self._add("judgements", rows.judgement(self.alone, outcome="graded", mode="pointwise", score=0.75))
        self._add("feedback", rows.feedback(self.alone, thumb=None, comment="long", edit_distance=0.25))

    def _settle(self) -> None:
        first = rows.attempt(self.rich, 1, verdict="failed", model="small", endpoint="s")
        second = rows.attempt(self.rich, 2, verdict="unverified")
        self.writer.insert(
            [
                as_done(rows.request(self.plain, verdict=None), [rows.attempt(self.plain, verdict=None)]),
                as_done(rows.request(self.rich, 2, verdict="unverified"), [first, second]),
                as_done(rows.request(self.alone, verdict=None), [rows.attempt(self.alone, verdict=None)]),
            ]
        )

    def _add(self, table: str, *records: object) -> None:
        assert self.writer.insert_later(table, [astuple(record) for record in records]) == []  # type: ignore[call-overload]


def test_of_the_answer_that_was_given(ledger: Engine) -> None:
    """A failed check of an earlier attempt is not held against it; late checks and latest reports count."""
    filled = Filled(ledger)
    with ledger.connect() as connection:
        found = quality_of(connection, [filled.plain, filled.rich, filled.alone])
    assert found[filled.plain] == NOTHING_KNOWN
    assert found[filled.rich] == Quality("passed", "worse", False, "1 of 2 content", True)
    assert found[filled.alone] == Quality(None, "grade 4 of 5", True, "in words", None)


def test_a_late_failure_fails(ledger: Engine) -> None:
    """Whatever was known when the answer went out."""
    filled = Filled(ledger)
    filled._add("verdicts", rows.verdict(filled.rich, 2, verifier="code", verdict="failed"))
    with ledger.connect() as connection:
        assert quality_of(connection, [filled.rich])[filled.rich].verified == "failed"
    [row] = [row for row in recent(ledger, 10) if row.id == filled.rich]
    assert (row.verdict, row.quality.verified) == ("unverified", "failed")


def test_summary(ledger: Engine) -> None:
    """Three counts and the overhead, each named; nothing in a time without requests."""
    Filled(ledger)
    found = quality_summary(ledger, 0)
    assert (found.verified, found.judged) == (Counted(1, 1, 0), Counted(1, 1, 0))
    assert found.reported == Counted(1, 0, 1)
    assert (found.overhead_calls, found.overhead_pico, found.overhead_unknown) == (2, 5_000_000, 1)
    lines = list(summary_lines(found))
    assert [line.split(":")[0] for line in lines] == ["verified", "judged", "reported", "overhead"]
    assert "1 more at an unknown cost; in no sum above" in lines[3]
    assert list(summary_lines(quality_summary(ledger, rows.STARTED_US + 1))) == []


def test_story(ledger: Engine) -> None:
    """All rows of one request, each kind of quality under its own heading."""
    filled = Filled(ledger)
    assert story_of(ledger, rows.new_id()) is None
    story = story_of(ledger, filled.rich)
    assert story is not None
    lines = list(story_lines(story))
    headings = [line for line in lines if not line.startswith(" ")][1:]
    assert headings == [
        "attempts", "verified by outcome checks", "judged by a model (an opinion, no verdict)",
        "reported by people and apps",
    ]  # fmt: skip
    text = "\n".join(lines)
    for told in (
        "1  failed by structure",
        "2  passed by structure",
        "worse beside the reference by gpt-frontier (simulated)",
        "for 1 calls, 1 more at an unknown cost",
        "version 2: thumb up",
        "score 0.20, label wrong-figure",
    ):
        assert told in text
    plain = story_of(ledger, filled.plain)
    assert plain is not None and list(story_lines(plain)).count("  nothing") == 3
