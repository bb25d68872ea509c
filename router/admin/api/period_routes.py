"""Months: which are open and closed. Finance alone closes and opens them again, so that those who set prices
do not close the books on them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from router.admin.api.access import Financier, Reader
from router.admin.api.context import Session, now_us
from router.admin.api.wire import Given, Page, Reason, failures, seconds
from router.admin.api.work import closed
from router.admin.notes import period_note
from router.audit.entry import Action
from router.books.months import name, parse_month
from router.books.periods.calendar import Closing, calendar, known_months
from router.books.periods.check import Finding
from router.books.periods.close import NotReopened, Who, reopen
from router.errors import Conflict, UnknownResource

routes = APIRouter(prefix="/periods", tags=["periods"])
Month = Annotated[str, Path(pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$", description="`2026-11`.")]


class ClosingShown(BaseModel):
    """One closing of a month; in force while `reopened` is null. `digest` is over all that it froze."""

    version: int
    digest: str
    closed: int
    closed_by: str
    reopened: int | None
    reopened_by: str | None
    reopened_because: str | None


class Period(BaseModel):
    """A month."""

    object: Literal["period"] = "period"
    id: str
    state: Literal["open", "closed"]
    closings: list[ClosingShown]


class FindingShown(BaseModel):
    """What closing a month found. One that `blocks` keeps it open unless it may be accepted and is."""

    name: str
    blocks: bool
    text: str


class CloseWanted(Given):
    """How to close."""

    accept: list[Literal["journal", "quarantine", "invoices"]] = Field([], max_length=3)
    dry_run: bool = Field(False, description="Only say what would be found.")


class CloseDone(BaseModel):
    """The month as it is now, and what was found."""

    object: Literal["period_close"] = "period_close"
    period: Period
    findings: list[FindingShown]


class ReopenWanted(Given):
    """Why."""

    reason: Reason


@routes.get("", responses=failures(401, 403))
def list_periods(session: Reader) -> Page[Period]:
    """All months that have rows or closings, in order."""
    return Page[Period](data=list(_periods(session).values()), has_more=False)


@routes.get("/{month}", responses=failures(400, 401, 403, 404))
def show_period(session: Reader, month: Month) -> Period:
    """One month."""
    found = _periods(session).get(month)
    if found is None:
        raise UnknownResource(f"Nothing is booked in {month}.")
    return found


@routes.post("/{month}/close", responses=failures(400, 401, 403, 409, 413, 503))
def close_period(session: Financier, month: Month, wanted: CloseWanted) -> CloseDone:
    """Check the month and freeze its totals under a digest, as `tiergate close` does."""
    done = session.context.work.do(
        closed,
        session.context.settings,
        parse_month(month),
        session.desk.actor,
        wanted.accept,
        now_us(),
        dry_run=wanted.dry_run,
    )
    if done.blocking and not wanted.dry_run:
        said = "; ".join(finding.text for finding in done.findings if finding.name in done.blocking)
        raise Conflict(f"{month} was left open: {said}", code="period_left_open")
    session.done()
    period = _periods(session).get(month) or Period(id=month, state="open", closings=[])
    return CloseDone(period=period, findings=[_finding(one) for one in done.findings])


@routes.post("/{month}/reopen", responses=failures(400, 401, 403, 409, 413))
def reopen_period(session: Financier, month: Month, wanted: ReopenWanted) -> Period:
    """Open the last closed month again. Its closing stays on record with the reason."""
    note = period_note(session.desk, Action.PERIOD_REOPEN, wanted.reason)
    who = Who(session.principal.name, now_us(), note)
    try:
        reopen(session.engine, parse_month(month), who, wanted.reason)
    except NotReopened as error:
        raise Conflict(f"Left as it is: {error}.") from None
    session.done()
    return _periods(session)[month]


def _periods(session: Session) -> dict[str, Period]:
    with session.engine.connect() as connection:
        known = calendar(connection)
        months: set[date] = set(known_months(connection))
    months |= {parse_month(closing.period) for closing in known.closings}
    return {
        name(month): Period(
            id=name(month),
            state="closed" if known.settled(month) else "open",
            closings=[_closing(one) for one in known.closings if one.period == name(month)],
        )
        for month in sorted(months)
    }


def _closing(one: Closing) -> ClosingShown:
    return ClosingShown(
        version=one.version,
        digest=one.digest,
        closed=one.closed_us // 1_000_000,
        closed_by=one.closed_by,
        reopened=seconds(one.reopened_us),
        reopened_by=one.reopened_by,
        reopened_because=one.reopened_because,
    )


def _finding(one: Finding) -> FindingShown:
    return FindingShown(name=one.name, blocks=one.blocks, text=one.text)
