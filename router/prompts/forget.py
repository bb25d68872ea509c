"""What is over, and what is erased: texts and subjects go, rows of money stay.

An erasure is remembered for some days as a hash, so that rows which reach the database later, from the
journal of a gateway that was away, are erased too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, delete, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from router.record.admin_tables import erasures
from router.record.tables import feedback, judgements, prompts, requests, verdicts
from router.record.write import brief

log = logging.getLogger(__name__)
_PURGE_SECONDS = 60.0

_DAY_US = 86_400_000_000
_REMEMBERED_DAYS = 30
"""Longer than any gateway is away with a journal that comes back."""
_PIECE = 500
ERASED = "erased"


@dataclass(slots=True)
class Erased:
    """Requests of the subject, and rows that lost their text."""

    requests: int = 0
    prompts: int = 0
    feedback: int = 0
    verdicts: int = 0
    judgements: int = 0


Note = Callable[[Connection, Erased], None]
"""Told of an erasure, in its transaction."""


async def watch_purge(engine: Engine, days: int, now_us: Callable[[], int]) -> None:
    """Every minute, in a thread, until cancelled. A database that is away is tried again."""
    while True:
        await asyncio.sleep(_PURGE_SECONDS)
        try:
            await asyncio.to_thread(purge, engine, days, now_us())
        except SQLAlchemyError as error:
            log.warning("prompts: what is over cannot be deleted now, it is tried again: %s", brief(error))


def purge(engine: Engine, days: int, now_us: int) -> int:
    """Deletes what is older than `days`, a piece at a time, with the words said of those answers, and erases
    once more what was erased; how many prompts went. Raises SQLAlchemyError."""
    gone = 0
    old = select(prompts.c.request_id).where(prompts.c.stored_us < now_us - days * _DAY_US).limit(_PIECE)
    while True:
        with engine.begin() as connection:
            ids = list(connection.execute(old).scalars())
            _forget(connection, ids)
            removed = connection.execute(delete(prompts).where(prompts.c.request_id.in_(ids))).rowcount
        gone += removed
        if removed < _PIECE:
            break
    gone += _late(engine, now_us)
    return gone


def erase_subject(engine: Engine, hashes: Sequence[str], now_us: int, note: Note) -> Erased:
    """Everything of a subject up to now. Raises SQLAlchemyError."""
    with engine.begin() as connection:
        done = _erase(connection, hashes, now_us)
        connection.execute(delete(erasures).where(erasures.c.subject.in_(hashes)))
        connection.execute(
            insert(erasures), [{"subject": one, "erased_us": now_us} for one in dict.fromkeys(hashes)]
        )
        note(connection, done)
    return done


def erase_requests(engine: Engine, ids: Sequence[str], now_us: int, note: Note) -> Erased:
    """Everything of single requests; those whose rows are still in a journal are not found. Raises
    SQLAlchemyError."""
    with engine.begin() as connection:
        known = list(connection.execute(select(requests.c.id).where(requests.c.id.in_(ids))).scalars())
        marked = select(prompts.c.request_id).where(prompts.c.request_id.in_(known))
        new = set(known) - set(connection.execute(marked).scalars())
        if new:
            connection.execute(
                insert(prompts), [{"request_id": one, "stored_us": now_us} for one in sorted(new)]
            )
        done = _forget(connection, known)
        note(connection, done)
    return done


def _late(engine: Engine, now_us: int) -> int:
    """Rows that came from a journal after they were to be erased."""
    marked = select(prompts.c.request_id).where(prompts.c.subject.is_(None), prompts.c.sealed.is_(None))
    with engine.begin() as connection:
        connection.execute(delete(erasures).where(erasures.c.erased_us < now_us - _REMEMBERED_DAYS * _DAY_US))
        remembered = connection.execute(select(erasures)).all()
        gone = sum(_erase(connection, [row.subject], row.erased_us).prompts for row in remembered)
        _forget(connection, list(connection.execute(marked).scalars()))
    return gone


def _erase(connection: Connection, hashes: Sequence[str], until_us: int) -> Erased:
    query = select(prompts.c.request_id).where(prompts.c.subject.in_(hashes), prompts.c.stored_us <= until_us)
    return _forget(connection, list(connection.execute(query).scalars()))


def _forget(connection: Connection, ids: Sequence[str]) -> Erased:
    """Texts of those requests: asked, and said of the answer by people, checks and judges. An empty row of
    prompts stays as the mark that nothing is to be kept of them."""
    done = Erased(requests=len(ids))
    p, f, v, j = prompts.c, feedback.c, verdicts.c, judgements.c

    def emptied(table: Table, key: Column[str], found: ColumnElement[bool], **values: str | None) -> int:
        return connection.execute(update(table).where(key.in_(piece), found).values(**values)).rowcount

    for start in range(0, len(ids), _PIECE):
        piece = ids[start : start + _PIECE]
        kept = or_(p.subject.is_not(None), p.sealed.is_not(None))
        done.prompts += emptied(prompts, p.request_id, kept, subject=None, sealed=None)
        emptied(requests, requests.c.id, requests.c.prompt.is_not(None), prompt=None)
        said = or_(f.correction.is_not(None), f.comment.is_not(None))
        done.feedback += emptied(feedback, f.request_id, said, correction=None, comment=None)
        done.verdicts += emptied(verdicts, v.request_id, v.evidence != ERASED, evidence=ERASED)
        done.judgements += emptied(judgements, j.request_id, j.reason.is_not(None), reason=None)
    return done
