"""All that the ledger has of one request, for `tiergate ledger show`: its rows and what its answer was worth.

What was verified, judged and reported stands under headings of its own. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Table, select

from router.domain.money import PicoUSD, format_usd
from router.domain.value import value
from router.record.quality import judged_words
from router.record.sealed import shown
from router.record.tables import attempts, feedback, judge_calls, judgements, requests, verdicts

Row = Mapping[str, Any]


@value
class Story:
    """The rows as the tables have them; a request's trace and prompt are JSON text."""

    request: Row
    attempts: Sequence[Row]
    verdicts: Sequence[Row]
    judgements: Sequence[Row]
    judge_calls: Sequence[Row]
    feedback: Sequence[Row]


def story_of(engine: Engine, request_id: str) -> Story | None:
    """None where the database has no such request."""
    with engine.connect() as connection:
        query = select(requests).where(requests.c.id == request_id)
        request = connection.execute(query).mappings().one_or_none()
        if request is None:
            return None
        return Story(
            _plain(request),
            _rows(connection, attempts, request_id, "n"),
            _rows(connection, verdicts, request_id, "n", "decided_us", "verifier"),
            _rows(connection, judgements, request_id, "n"),
            _rows(connection, judge_calls, request_id, "n", "call"),
            _rows(connection, feedback, request_id, "created_us", "version"),
        )


def story_lines(story: Story) -> Iterable[str]:
    """For people; nothing is left out that says how the answer was taken."""
    yield from _request_lines(story.request)
    yield "attempts"
    for row in story.attempts:
        why = f": {row['error']}" if row["error"] else ""
        cost = _cost(row["cost_pico"], row["simulated"])
        yield f"  {row['n']}  {row['model']} at {row['endpoint']}, {row['status']}, {cost}{why}"
    yield "verified by outcome checks"
    for row in story.verdicts:
        yield f"  {row['n']}  {row['verdict']} by {row['verifier']}: {shown(row['evidence'])}"
    yield from _nothing(story.verdicts)
    yield "judged by a model (an opinion, no verdict)"
    for row in story.judgements:
        yield f"  {row['n']}  {_opinion(row)}"
    yield from _nothing(story.judgements)
    if story.judge_calls:
        yield f"  overhead, in no request's cost: {_overhead(story.judge_calls)}"
    yield "reported by people and apps"
    for row in story.feedback:
        yield f"  {_moment(row['created_us'])} key {row['key_id']} version {row['version']}: {_report(row)}"
    yield from _nothing(story.feedback)


def _request_lines(row: Row) -> Iterable[str]:
    yield f"request {row['id']}"
    who = f"{row['organisation']}, {row['team']}, {row['project']}, key {row['key_id']}"
    yield f"  {_moment(row['started_us'])}  {who}"
    difficulty = "unknown" if row["difficulty"] is None else f"{row['difficulty']:.2f}"
    task = f"task {row['task'] or 'unknown'}, difficulty {difficulty}, {row['data_class']} data"
    yield f"  asked for {row['requested_model']}; {task}; rule {row['rule'] or 'none'}"
    answered = f"{row['model']} ({row['tier']})" if row["model"] else row["error_code"] or "nobody"
    cost = _cost(row["cost_pico"], row["simulated"])
    yield f"  answered by {answered}, HTTP {row['http_status']}, {row['outcome']}, {cost}"


def _opinion(row: Row) -> str:
    words = judged_words(row["outcome"], row["score"])
    if row["other"] is None:
        against = ""
    elif row["other_model"] is None:
        against = f" beside the {row['other']}"
    else:
        against = f" beside the {row['other']}'s answer ({row['other_model']})"
    simulated = " (simulated)" if row["simulated"] else ""
    why = f": {shown(row['reason'])}" if row["reason"] else ""
    return f"{words}{against} by {row['judge_model']}{simulated}{why}"


def _overhead(calls: Sequence[Row]) -> str:
    known = [row["cost_pico"] for row in calls if row["cost_pico"] is not None]
    unknown = f", {len(calls) - len(known)} more at an unknown cost" if len(known) < len(calls) else ""
    cost = _cost(sum(known), any(row["simulated"] for row in calls))
    return f"{cost} for {len(known)} calls{unknown}"


def _report(row: Row) -> str:
    parts = [f"thumb {row['thumb']}" if row["thumb"] else None]
    parts.append(None if row["score"] is None else f"score {row['score']:.2f}")
    parts.append(f"label {row['label']}" if row["label"] else None)
    parts.append(None if row["edit_distance"] is None else f"edit distance {row['edit_distance']:.2f}")
    parts.append("a correction" if row["correction"] else None)
    parts.append(f"comment {shown(row['comment'])!r}" if row["comment"] else None)
    return ", ".join(part for part in parts if part) or "texts that are not kept"


def _nothing(rows: Sequence[Row]) -> Iterable[str]:
    return () if rows else ("  nothing",)


def _cost(amount: int | None, simulated: bool) -> str:
    return format_usd(None if amount is None else PicoUSD(amount)) + ("*" if simulated else "")


def _moment(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _rows(connection: Connection, table: Table, request_id: str, *order: str) -> list[Row]:
    query = select(table).where(table.c.request_id == request_id).order_by(*(table.c[name] for name in order))
    return [_plain(row) for row in connection.execute(query).mappings()]


def _plain(row: RowMapping) -> Row:
    """With texts as keys, which SQLAlchemy's names are not quite."""
    return {str(name): found for name, found in row.items()}
