"""Budgets: declared in YAML beside the policy, and changed there; here they are read, as gateways count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from sqlalchemy import select

from router.admin.api.access import Anybody
from router.admin.api.context import Session, now_us
from router.admin.api.wire import Page, failures
from router.errors import UnknownResource
from router.record.budget_tables import budget_periods, budgets
from router.record.owners import budget_of

routes = APIRouter(prefix="/budgets", tags=["budgets"])
BudgetName = Annotated[str, Path(max_length=128, pattern=r"^[^\x00-\x1f\x7f/]+$")]


class Standing(BaseModel):
    """How a budget stands in the current period, all gateways together, as of `updated`. Money is pico-USD,
    time Unix seconds."""

    period: str
    starts: int
    ends: int
    spent_pico: int
    reserved_pico: int = Field(description="Set aside for calls under way: the most they can cost.")
    forecast_pico: int | None = Field(description="What the period is expected to come to; null: too early.")
    updated: int


class Budget(BaseModel):
    """One budget in force. `match` says whose spend counts; empty: all."""

    object: Literal["budget"] = "budget"
    id: str
    match: dict[str, list[str]]
    period: Literal["day", "week", "month"]
    time_zone: str
    limit_pico: int
    enforcement: Literal["hard", "soft"]
    when_spent: str
    thresholds: list[int]
    current: Standing | None


@routes.get("", responses=failures(401))
def list_budgets(session: Anybody) -> Page[Budget]:
    """All budgets in force, in the order of their document; to a team lead those of one of their
    teams alone: a budget of several counts what others spend."""
    return Page[Budget](data=list(_visible(session)), has_more=False)


@routes.get("/{name}", responses=failures(400, 401, 404))
def show_budget(session: Anybody, name: BudgetName) -> Budget:
    """One budget."""
    for budget in _visible(session):
        if budget.id == name:
            return budget
    raise UnknownResource(f"There is no budget '{name}'.")


def _visible(session: Session) -> Iterator[Budget]:
    at_us, b, p = now_us(), budgets.c, budget_periods.c
    current = (p.budget == b.name) & (p.starts_us <= at_us) & (p.ends_us > at_us)
    query = select(budgets, budget_periods).outerjoin(budget_periods, current).order_by(b.position)
    if session.teams is not None:
        query = query.where(budget_of(b.match, session.teams))
    with session.engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    for row in rows:
        match: dict[str, list[str]] = orjson.loads(row[b.match])
        yield _budget({column.name: row[column] for column in budgets.c}, match, _standing(row))


def _budget(row: dict[str, Any], match: dict[str, list[str]], standing: Standing | None) -> Budget:
    same = ("period", "time_zone", "limit_pico", "enforcement", "when_spent")
    return Budget(
        id=row["name"],
        match=match,
        thresholds=orjson.loads(row["thresholds"]),
        current=standing,
        **{name: row[name] for name in same},
    )


def _standing(row: Any) -> Standing | None:
    p = budget_periods.c
    if row[p.period] is None:
        return None
    return Standing(
        period=row[p.period],
        starts=row[p.starts_us] // 1_000_000,
        ends=row[p.ends_us] // 1_000_000,
        spent_pico=row[p.spent_pico],
        reserved_pico=row[p.reserved_pico],
        forecast_pico=row[p.forecast_pico],
        updated=row[p.updated_us] // 1_000_000,
    )
