"""What a judging model and what people said of one request's answer, in tables of their own. Pure.

Neither is a verdict, and neither table is ever shown as one.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import text
from dashboard.html_tables import Cell, Column, html_table
from router.domain.judgement import JudgeMode, JudgeOutcome, is_good
from router.domain.kinds import CostState
from router.domain.opinions import FeedbackRecord, JudgeCallRecord, JudgementRecord
from router.record.quality import judged_words
from router.record.sealed import shown

Line = list[Cell | str]
_FACTS = (CostState.PRICED, CostState.FREE)


def judgements(found: Sequence[JudgementRecord]) -> str:
    """One line for each opinion: what it was, beside what, and what each order said."""
    columns = [Column("Attempt"), *(Column(name, False) for name in ("Judge", "Opinion", "Beside"))]
    columns += [
        Column("Shown first", False),
        Column("Shown second", False),
        Column("Reason", False, wrap=True),
    ]
    return html_table(columns, [_opinion(item) for item in found])


def judge_calls(found: Sequence[JudgeCallRecord]) -> str:
    """What was bought for them, at its exact cost."""
    columns = [Column("Attempt"), Column("Call"), Column("For", False), Column("Model on endpoint", False)]
    columns += [Column("Ended", False), Column("Input"), Column("Output"), Column("Cost")]
    lines: list[Line] = [
        [
            str(item.n),
            str(item.call),
            "judging" if item.purpose == "judge" else f"the {item.purpose}'s answer",
            f"{item.model} on {item.endpoint}{' (simulated)' if item.simulated else ''}",
            item.status if item.error is None else f"{item.status}: {item.error}",
            text.count(item.uncached_input),
            text.count(item.output),
            _cost(item),
        ]
        for item in found
    ]
    return html_table(columns, lines)


def feedback(found: Sequence[FeedbackRecord]) -> str:
    """Every version of every report, oldest first; the latest of a key is set off by its words."""
    latest = {item.key_id: item.id for item in found}
    columns = [Column("When", False), Column("Key", False), Column("Version"), Column("Said", False)]
    columns += [Column("Label", False), Column("Edit distance"), Column("In words", False, wrap=True)]
    lines: list[Line] = [
        [
            text.instant(item.created_us),
            item.key_id,
            str(item.version),
            _said(item, in_force=latest[item.key_id] == item.id),
            item.label or text.NONE,
            text.NONE if item.edit_distance is None else f"{item.edit_distance:.2f}",
            _words(item),
        ]
        for item in found
    ]
    return html_table(columns, lines)


def _opinion(item: JudgementRecord) -> Line:
    simulated = " (simulated)" if item.simulated else ""
    beside = item.other or "nothing"
    good = is_good(JudgeOutcome(item.outcome), item.score)
    graded = item.mode == JudgeMode.POINTWISE
    return [
        str(item.n),
        f"{item.judge_model}{simulated}",
        Cell(judged_words(item.outcome, item.score), alarm=good is False, quiet=good is None),
        beside if item.other_model is None else f"{beside}: {item.other_model}",
        text.NONE if graded else _preferred(item.first),
        text.NONE if graded else _preferred(item.second),
        shown(item.reason) or text.NONE,
    ]


def _preferred(said: str | None) -> str:
    if said is None:
        return "unreadable"
    return "a tie" if said == "tie" else f"prefers the {said}"


def _said(item: FeedbackRecord, *, in_force: bool) -> Cell:
    if item.thumb is not None:
        said = f"thumb {item.thumb}"
    else:
        said = text.NONE if item.score is None else f"score {item.score:.2f}"
    return Cell(said if in_force else f"{said} (changed since)", quiet=not in_force)


def _words(item: FeedbackRecord) -> str:
    parts = [f"comment: {shown(item.comment)}" if item.comment else ""]
    parts.append(f"correction: {shown(item.correction)}" if item.correction else "")
    return " · ".join(part for part in parts if part) or text.NONE


def _cost(item: JudgeCallRecord) -> Cell:
    shown = text.exact(item.cost_pico)
    if item.cost_state in _FACTS:
        return Cell(shown)
    return Cell(f"{shown} ({item.cost_state.replace('_', ' ')})", alarm=True)
