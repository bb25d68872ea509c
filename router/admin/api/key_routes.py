"""Keys: listed, made, changed, rotated with an overlap, ended."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection

from router.admin.api.access import Anybody, KeyHolder
from router.admin.api.context import Session, now_us
from router.admin.api.key_wire import KeyChange, KeyMade, KeyShown, KeyWanted, Rotation, made, shown
from router.admin.api.replays import Replays
from router.admin.api.wire import IdempotencyKey, Limit, Page, failures, page
from router.admin.key_models import unknown_model
from router.admin.notes import key_note
from router.audit.entry import Action
from router.errors import Conflict, InvalidRequest, NotAllowed, UnknownResource
from router.policy.problems import Problem
from router.record.key_changes import KeyEnded, amend_key, rotate_key
from router.record.keys import KeyNote, KeyRow, UnknownKey, create_key, find_key, key_page, revoke_key

log = logging.getLogger(__name__)
routes = APIRouter(prefix="/keys", tags=["keys"])
KeyId = Annotated[str, Path(pattern=r"^[a-z2-7]{12}$", description="The 12 characters after `tg-`.")]
After = Annotated[str | None, Query(pattern=r"^[a-z2-7]{12}$", description="The id of the last one before.")]
_MICRO = 1_000_000


@routes.get("", responses=failures(400, 401, 403, 404))
def list_keys(session: Anybody, after: After = None, limit: Limit = 20) -> Page[KeyShown]:
    """All keys, revoked ones included, oldest first; to a team lead those of their teams."""
    try:
        found = key_page(session.engine, session.teams, after, limit + 1)
    except UnknownKey:
        raise _unknown(after or "") from None
    at_us = now_us()
    return page([shown(row, at_us) for row in found], limit)


@routes.post("", status_code=201, response_model=KeyMade, responses=failures(400, 401, 403, 409, 413))
def make_key(session: KeyHolder, wanted: KeyWanted, idempotency_key: IdempotencyKey = None) -> Response:
    """Make a key. Its token is in this answer and cannot be shown again."""
    if not session.sees(wanted.organisation, wanted.team):
        raise NotAllowed(f"Your teams are {', '.join(map(str, session.teams or ()))}.")
    replays = Replays(session, idempotency_key, "POST keys", wanted)
    if (known := replays.known()) is not None:
        return known
    _check_models(session, wanted.allowed_models)
    at_us = now_us()
    row, token = create_key(
        session.engine,
        organisation=wanted.organisation,
        team=wanted.team,
        project=wanted.project,
        now_us=at_us,
        allowed_tiers=wanted.allowed_tiers,
        allowed_models=wanted.allowed_models,
        label=wanted.label,
        expires_us=_end(wanted.expires, at_us),
        note=_noted(session, Action.KEY_CREATE, replays, at_us),
    )
    return _created(session, row, at_us, token)


@routes.get("/{key_id}", responses=failures(400, 401, 403, 404))
def show_key(session: Anybody, key_id: KeyId) -> KeyShown:
    """One key."""
    return shown(_visible(session, key_id), now_us())


@routes.patch("/{key_id}", responses=failures(400, 401, 403, 404, 409, 413))
def change_key(session: KeyHolder, key_id: KeyId, change: KeyChange) -> KeyShown:
    """Another label, or another end."""
    _visible(session, key_id)
    at_us = now_us()
    values: dict[str, str | int | None] = {}
    if "label" in change.model_fields_set:
        values["label"] = change.label or ""
    if "expires" in change.model_fields_set:
        values["expires_us"] = _end(change.expires, at_us)
    if not values:
        raise InvalidRequest("Nothing to change was given: label or expires.")
    try:
        row = amend_key(session.engine, key_id, at_us, values, key_note(session.desk, Action.KEY_CHANGE))
    except KeyEnded as error:
        raise Conflict(f"Not changed: {error}.") from None
    session.done()
    return shown(row, at_us)


@routes.post(
    "/{key_id}/rotate",
    status_code=201,
    response_model=KeyMade,
    responses=failures(400, 401, 403, 404, 409, 413),
)
def rotate(
    session: KeyHolder, key_id: KeyId, rotation: Rotation, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make the key's successor, for the same caller and with the same boundary. Both are good until the
    overlap is over."""
    _visible(session, key_id)
    replays = Replays(session, idempotency_key, f"POST keys/{key_id}/rotate", rotation)
    if (known := replays.known()) is not None:
        return known
    at_us = now_us()
    try:
        done = rotate_key(
            session.engine,
            key_id,
            at_us,
            rotation.overlap * _MICRO,
            expires_us=_end(rotation.expires, at_us),
            note=_noted(session, Action.KEY_ROTATE, replays, at_us),
        )
    except KeyEnded as error:
        raise Conflict(f"Not rotated: {error}.") from None
    return _created(session, done.new, at_us, done.token)


@routes.post("/{key_id}/revoke", responses=failures(400, 401, 403, 404))
def revoke(session: KeyHolder, key_id: KeyId) -> KeyShown:
    """End a key for good, within a second on every replica. Again, it changes nothing."""
    _visible(session, key_id)
    at_us = now_us()
    row = revoke_key(session.engine, key_id, at_us, key_note(session.desk, Action.KEY_REVOKE))
    session.done()
    return shown(row, at_us)


def _check_models(session: Session, models: list[str]) -> None:
    """Against the catalog in force, where one can be read. Raises InvalidRequest."""

    def warn(why: Problem) -> None:
        log.warning("a key's models are not checked: %s", why)

    wrong = unknown_model(models, session.context.settings, session.engine, warn)
    if wrong is not None:
        raise InvalidRequest(f"Invalid allowed_models: {wrong}.", param="allowed_models")


def _noted(session: Session, action: Action, replays: Replays, at_us: int) -> KeyNote:
    """The answer for next time, and the entry of the audit log, which comes last."""
    enter = key_note(session.desk, action)

    def note(connection: Connection, row: KeyRow) -> None:
        replays.keep(connection, 201, made(row, at_us, None))
        enter(connection, row)

    return note


def _created(session: Session, row: KeyRow, at_us: int, token: str) -> Response:
    session.done()
    headers = {"cache-control": "no-store"}
    return Response(made(row, at_us, token).model_dump_json(), 201, headers, "application/json")


def _visible(session: Session, key_id: str) -> KeyRow:
    """Raises UnknownResource, also for keys of teams that this role does not see."""
    try:
        row = find_key(session.engine, key_id)
    except UnknownKey:
        raise _unknown(key_id) from None
    if not session.sees(row.organisation, row.team):
        raise _unknown(key_id)
    return row


def _unknown(key_id: str) -> UnknownResource:
    return UnknownResource(f"There is no key '{key_id}'.")


def _end(expires: int | None, at_us: int) -> int | None:
    if expires is None:
        return None
    if expires * _MICRO <= at_us:
        raise InvalidRequest("Invalid expires: it is over; give Unix seconds to come.", param="expires")
    return expires * _MICRO
