"""What the ledger knows of policies: the versions applied, and which rules decided how many requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from dashboard.filters import Filters
from dashboard.queries import request_days
from router.record.policies import Applied
from router.record.tables import policies, requests

_R = requests.c
MOST = 100_000
"""Single requests that are read for the page: rules are in no sums, and more would take it too long."""
_APPLIED = tuple(policies.c[name] for name in Applied.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Decided:
    """How many requests a rule decided under a digest, and when the last of them started (Unix
    microseconds). `rule` None: they never came to a decision."""

    digest: str
    rule: str | None
    requests: int
    newest_us: int


def decided(connection: Connection, since_us: int, most: int = MOST) -> list[Decided]:
    """Of the requests that started since then, the newest first: of all of them, or, where there are more
    than `most`, of as many of the newest days as hold so many."""
    since = datetime.fromtimestamp(since_us / 1e6, UTC).date()
    days = request_days.counted(connection, Filters(first_day=since))
    if not days.requests:
        return []
    first, last, _ = days.around(0, most)
    query = (
        select(_R.policy_digest, _R.rule, func.count(), func.max(_R.started_us))
        .where(_R.day.between(first.isoformat(), last.isoformat()), _R.started_us >= since_us)
        .group_by(_R.policy_digest, _R.rule)
    )
    found = [Decided(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda one: -one.newest_us)


def versions(connection: Connection) -> list[Applied]:
    """Every version that was put in force from the database, newest first."""
    return [
        Applied(*row) for row in connection.execute(select(*_APPLIED).order_by(policies.c.version.desc()))
    ]
