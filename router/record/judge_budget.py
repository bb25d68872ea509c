"""What judging may still spend, kept in the database so that it holds across gateways and restarts.

Money is set aside before a call at the most it can cost, and given back when the cost is known; what a killed
gateway had set aside stays spent. Blocks: call it off the event loop.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, and_, update
from sqlalchemy.dialects import postgresql, sqlite

from router.domain.judgement import Judge
from router.domain.money import PicoUSD
from router.record.tables import judge_budgets

_SPENT = judge_budgets.c.spent_pico


class JudgeBudget:
    """One row for each rule and period. Every method raises SQLAlchemyError while the database is away."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reserve(self, rule: str, judge: Judge, now: datetime, most: PicoUSD) -> bool:
        """Sets `most` aside in all of the judge's budgets, or in none: whether they have it."""
        with self._engine.connect() as connection:
            for period, limit in _periods(judge, now):
                if limit is not None and not _add(connection, rule, period, most, limit):
                    return False  # leaving without a commit takes the others back
            connection.commit()
        return True

    def settle(self, rule: str, judge: Judge, now: datetime, most: PicoUSD, spent: PicoUSD) -> None:
        """What was set aside at `now` became `spent`."""
        with self._engine.begin() as connection:
            for period, limit in _periods(judge, now):
                if limit is not None:
                    change = update(judge_budgets).where(_row(rule, period))
                    connection.execute(change.values(spent_pico=_SPENT + (spent - most)))


def _periods(judge: Judge, now: datetime) -> tuple[tuple[str, PicoUSD | None], ...]:
    day = now.date().isoformat()
    return (day, judge.day_pico), (day[:7], judge.month_pico)


def _add(connection: Connection, rule: str, period: str, most: PicoUSD, limit: PicoUSD) -> bool:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    first = insert(judge_budgets).values(rule=rule, period=period, spent_pico=0).on_conflict_do_nothing()
    connection.execute(first)
    fits = _row(rule, period) & (limit - most >= _SPENT)
    change = update(judge_budgets).where(fits).values(spent_pico=_SPENT + most)
    return connection.execute(change).rowcount == 1


def _row(rule: str, period: str) -> ColumnElement[bool]:
    return and_(judge_budgets.c.rule == rule, judge_budgets.c.period == period)
