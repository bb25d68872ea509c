"""What is known of the quality of answers, as people look at it: verified, judged and reported, each its own.

Verified is what outcome checks found, judged is the opinion of a model, reported is what people and apps
said. None of them is ever shown or counted as another. Read queries, never on a request's path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from router.domain.judgement import GRADES, JudgeOutcome, is_good
from router.domain.kinds import AttemptStatus, Verdict
from router.domain.opinions import FeedbackRecord
from router.domain.value import value
from router.record.tables import attempts, feedback, judgements, requests, verdicts

_Answer = tuple[str, int]
_GOOD = 0.5
_PAGE = 1_000


@value
class Quality:
    """Of one answer, in words, None where there is nothing. `*_good` is yes or no, None: neither.

    `verified` is a Verdict, late checks included. `judged` is a JudgeOutcome or a grade. `reported` is the
    latest report, or how many of several keys were content.
    """

    verified: str | None = None
    judged: str | None = None
    judged_good: bool | None = None
    reported: str | None = None
    reported_good: bool | None = None


NOTHING_KNOWN = Quality()


def quality_of(connection: Connection, ids: Sequence[str]) -> Mapping[str, Quality]:
    """By request, of the answer that its caller got."""
    found: dict[str, Quality] = {}
    for start in range(0, len(ids), _PAGE):
        found |= _page(connection, ids[start : start + _PAGE])
    return found


def _page(connection: Connection, ids: Sequence[str]) -> dict[str, Quality]:
    served = _served(connection, ids)
    checked, judged = _checked(connection, ids, served), _judged(connection, ids, served)
    said = {key: sum_up(rows) for key, rows in _reports(connection, ids).items()}
    found = {}
    for key in ids:
        opinion, good = judged.get(key, (None, None))
        found[key] = Quality(checked.get(key), opinion, good, *said.get(key, (None, None)))
    return found


def sum_up(rows: Iterable[FeedbackRecord]) -> tuple[str | None, bool | None]:
    """The reports on one answer, oldest first: in words, and whether it was good."""
    latest = {row.key_id: row for row in rows}
    scores = [score for row in latest.values() if (score := _score(row)) is not None]
    if not scores:
        return ("in words" if latest else None), None
    mean = sum(scores) / len(scores)
    good = None if mean == _GOOD else mean > _GOOD
    if len(scores) > 1:
        return f"{sum(score > _GOOD for score in scores)} of {len(scores)} content", good
    [row] = [row for row in latest.values() if _score(row) is not None]
    return (f"thumb {row.thumb}" if row.thumb is not None else f"score {row.score:.2f}"), good


def judged_words(outcome: str, score: float | None) -> str:
    """`better`, or `grade 4 of 5`."""
    if outcome == JudgeOutcome.GRADED and score is not None:
        return f"grade {1 + score * (GRADES - 1):.0f} of {GRADES}"
    return outcome


def _score(row: FeedbackRecord) -> float | None:
    return row.score if row.thumb is None else float(row.thumb == "up")


def _served(connection: Connection, ids: Sequence[str]) -> Mapping[str, _Answer]:
    """Which attempt's answer the caller got: the last of what answered that has the request's verdict."""
    query = (
        select(requests.c.id, attempts.c.n)
        .join(
            attempts,
            (attempts.c.request_id == requests.c.id)
            & (attempts.c.endpoint == requests.c.endpoint)
            & (attempts.c.verdict.is_not_distinct_from(requests.c.verdict)),
        )
        .where(requests.c.id.in_(ids), attempts.c.status == AttemptStatus.OK.value)
        .order_by(attempts.c.n)
    )
    return {request_id: (request_id, n) for request_id, n in connection.execute(query)}


def _checked(connection: Connection, ids: Sequence[str], served: Mapping[str, _Answer]) -> Mapping[str, str]:
    """What was known when the request was settled, and what was found later: one failure fails."""
    settled = select(requests.c.id, requests.c.verdict).where(requests.c.id.in_(ids))
    found: dict[str, str] = {key: verdict for key, verdict in connection.execute(settled) if verdict}
    query = select(verdicts.c.request_id, verdicts.c.n, verdicts.c.verdict)
    for request_id, n, verdict in connection.execute(query.where(verdicts.c.request_id.in_(ids))):
        if served.get(request_id) != (request_id, n) or found.get(request_id) == Verdict.FAILED:
            continue
        if verdict == Verdict.FAILED or found.get(request_id) != Verdict.PASSED:
            found[request_id] = verdict
    return found


def _judged(
    connection: Connection, ids: Sequence[str], served: Mapping[str, _Answer]
) -> Mapping[str, tuple[str, bool | None]]:
    columns = judgements.c
    query = select(columns.request_id, columns.n, columns.outcome, columns.score)
    return {
        request_id: (judged_words(outcome, score), is_good(JudgeOutcome(outcome), score))
        for request_id, n, outcome, score in connection.execute(query.where(columns.request_id.in_(ids)))
        if served.get(request_id) == (request_id, n)
    }


def _reports(connection: Connection, ids: Sequence[str]) -> Mapping[str, list[FeedbackRecord]]:
    query = select(feedback).where(feedback.c.request_id.in_(ids))
    found: dict[str, list[FeedbackRecord]] = defaultdict(list)
    for row in connection.execute(query.order_by(feedback.c.created_us, feedback.c.version)):
        found[row.request_id].append(FeedbackRecord(*row))
    return found
