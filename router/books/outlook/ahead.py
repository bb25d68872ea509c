"""A part's spend to the end of a month, or of any other span that holds today."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection

from router.books.months import month_of
from router.books.outlook.daily import Part, history
from router.domain.forecast import Forecast, forecast


def forecast_span(
    connection: Connection, part: Part, first: date, last: date, today: date
) -> Forecast | None:
    """Of [first, last], both included. None: too little history (`domain/forecast.py` says how much is
    needed). Raises ValueError unless the span holds `today`, SQLAlchemyError."""
    series, today_spent = history(connection, part, today)
    return forecast(series, first, last, today_spent)


def forecast_month(connection: Connection, part: Part, today: date) -> Forecast | None:
    """Of the calendar month (UTC) of `today`."""
    last = month_of(today, 1) - timedelta(days=1)
    return forecast_span(connection, part, month_of(today), last, today)
