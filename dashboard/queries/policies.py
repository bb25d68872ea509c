"""What the ledger knows of policies: the versions applied, and which rules decided how many requests."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from router.record.policies import Applied
from router.record.tables import policies, requests

_R = requests.c
MOST = 200_000
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
    """Of the newest `most` requests that started since then, the newest first."""
    counted = (
        select(_R.policy_digest, _R.rule, _R.started_us)
        .where(_R.started_us >= since_us)
        .order_by(_R.started_us.desc())
        .limit(most)
        .subquery()
    )
    c = counted.c
    query = select(c.policy_digest, c.rule, func.count(), func.max(c.started_us))
    query = query.group_by(c.policy_digest, c.rule)
    found = [Decided(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda one: -one.newest_us)


def versions(connection: Connection) -> list[Applied]:
    """Every version that was put in force from the database, newest first."""
    return [
        Applied(*row) for row in connection.execute(select(*_APPLIED).order_by(policies.c.version.desc()))
    ]
