"""Idempotency keys: an act that is asked for twice is done once, and answered alike both times.

What was answered is kept in the transaction of the act, without any token. Two at the same time meet in the
primary key, and one of them is told so.
"""

from __future__ import annotations

from hashlib import sha256

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import Connection, insert, select

from router.admin.api.context import Session, now_us
from router.errors import Conflict
from router.record.admin_tables import admin_replays

_HEADER = "idempotent-replayed"


class Replays:
    """Of one request: `act` is what it does, `body` what it asks for. Without a `key` nothing is kept."""

    def __init__(self, session: Session, key: str | None, act: str, body: BaseModel) -> None:
        self._session, self._key = session, key
        self._request = sha256(f"{act}\n{body.model_dump_json()}".encode()).hexdigest()

    def known(self) -> Response | None:
        """The answer that was given before. Raises Conflict for a key that was used for something else."""
        if self._key is None:
            return None
        r = admin_replays.c
        query = select(r.request, r.status, r.body).where(
            r.credential_id == self._session.credential_id, r.idempotency_key == self._key
        )
        with self._session.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if row.request != self._request:
            message = "This Idempotency-Key was used for another request: use a new one."
            raise Conflict(message, param="Idempotency-Key", code="idempotency_key_reused")
        return Response(row.body, row.status, {_HEADER: "true"}, "application/json")

    def keep(self, connection: Connection, status: int, answer: BaseModel) -> None:
        """In the transaction of the act. Raises IntegrityError if another request does the same now."""
        if self._key is not None:
            connection.execute(
                insert(admin_replays).values(
                    credential_id=self._session.credential_id,
                    idempotency_key=self._key,
                    request=self._request,
                    status=status,
                    body=answer.model_dump_json(),
                    created_us=now_us(),
                )
            )
