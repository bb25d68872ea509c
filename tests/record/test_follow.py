"""`ledger tail --follow`: every request once, however many come at a time and however late."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine

from router.record.follow import Follower
from router.record.lines import as_done
from router.record.store import recent
from router.record.write import LedgerWriter
from tests.record import rows

SECOND = 1_000_000


def book(engine: Engine, starts: Iterable[int]) -> list[str]:
    """Requests that started that many microseconds after the beginning; their ids."""
    made = [rows.request(rows.new_id(), 0, started_us=rows.STARTED_US + start) for start in starts]
    LedgerWriter(engine).insert([as_done(request, []) for request in made])
    return [request.id for request in made]


def shown(follower: Follower) -> list[str]:
    return [row.id for page in follower.new() for row in page]


def test_thousands_at_once(ledger: Engine) -> None:
    """More requests between two looks than a page holds are all shown, in order, and never again."""
    book(ledger, range(1_500))
    follower = Follower(ledger)
    ids = book(ledger, range(2_000, 5_500))
    assert shown(follower) == ids
    assert shown(follower) == []
    ids = book(ledger, range(6_000, 6_003))
    assert shown(follower) == ids


def test_a_slow_request_comes_late(ledger: Engine) -> None:
    """A request that started before thousands that were shown is shown when it ends."""
    book(ledger, range(10))
    follower = Follower(ledger)
    book(ledger, range(SECOND, SECOND + 3_000))
    assert len(shown(follower)) == 3_000
    ids = book(ledger, [SECOND // 2])
    assert shown(follower) == ids


def test_what_was_there_before_is_not_shown(ledger: Engine) -> None:
    """The past does not come back as the reach moves on, and what was shown at the start counts as shown."""
    book(ledger, range(0, 1_200 * SECOND, SECOND))
    follower = Follower(ledger)
    between = book(ledger, [1_200 * SECOND, 1_201 * SECOND])
    follower.shown(recent(ledger, 1))
    assert shown(follower) == between[:1]
    for minute in range(25, 30):
        ids = book(ledger, [minute * 60 * SECOND])
        assert shown(follower) == ids
