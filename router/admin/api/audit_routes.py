"""The audit log: read and checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from router.admin.api.access import Inspector
from router.admin.api.wire import Limit, Name, Page, failures, page
from router.admin.api.work import verified
from router.audit.entry import Entry
from router.audit.export import document
from router.audit.log import COLUMNS
from router.record.admin_tables import audit_entries

routes = APIRouter(prefix="/audit", tags=["audit"])
After = Annotated[int, Query(ge=0, le=2**63 - 1, description="The number of the last one before.")]


class EntryShown(BaseModel):
    """One entry; `mac` is over all other fields, with `previous`, the one of the entry before."""

    object: Literal["audit_entry"] = "audit_entry"
    seq: int
    at: str = Field(description="ISO 8601, UTC.")
    at_us: int
    actor: str
    role: str | None
    source: str
    action: str
    target: str
    detail: dict[str, Any]
    key: str
    previous: str
    mac: str


class Verification(BaseModel):
    """Whether the log is what was written: every signature, the chain, and the heads kept by this gateway."""

    object: Literal["audit_verification"] = "audit_verification"
    holds: bool
    entries: int
    head: str | None
    anchors: int
    anchored: int
    key_beside_the_data: bool = Field(description="True: who can write the data folder can forge entries.")
    problems: list[str]


@routes.get("/entries", responses=failures(400, 401, 403))
def list_entries(
    session: Inspector,
    after: After = 0,
    limit: Limit = 20,
    action: Annotated[Name | None, Query(description="`key.create`, or all of a thing: `key.`.")] = None,
    actor: Annotated[Name | None, Query()] = None,
) -> Page[EntryShown]:
    """Entries in order; ask again with `after` the last `seq`."""
    a = audit_entries.c
    query = select(*COLUMNS).where(a.seq > after).order_by(a.seq).limit(limit + 1)
    if action is not None:
        query = query.where(a.action.startswith(action, autoescape=True))
    if actor is not None:
        query = query.where(a.actor == actor)
    with session.engine.connect() as connection:
        found = [Entry(*row) for row in connection.execute(query)]
    return page([EntryShown.model_validate(document(entry)) for entry in found], limit)


@routes.get("/verification", responses=failures(401, 403, 503))
def verify_log(session: Inspector) -> Verification:
    """Check all of the log now."""
    report = session.context.work.do(verified, session.context.settings)
    return Verification(
        holds=report.holds,
        entries=report.entries,
        head=None if report.head is None else report.head.mac,
        anchors=report.anchors,
        anchored=report.anchored,
        key_beside_the_data=session.context.audit.keys.beside_the_data,
        problems=report.problems,
    )
