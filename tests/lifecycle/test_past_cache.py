"""Days kept as arrays say what the rows say, and never more than is still true."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from router.domain.teams import Team
from router.lifecycle.past import Past, Window, read_past
from router.lifecycle.past_cache import PastCache
from router.lifecycle.profile_json import from_json, to_json
from router.lifecycle.replay.collect import Seen, columns_of
from router.lifecycle.replay.columns import ARRAYS
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from router.record.tables import requests
from tests.lifecycle.random_policies import seen
from tests.record import rows

DAY_US = 86_400_000_000
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
START = int((TODAY - timedelta(days=2)).timestamp()) * 1_000_000
TRACE = (
    '{"signals":{"data_class":null,"input_tokens":%d},"hints":{"task":null,"data_class":null,"min_tier":null,'
    '"quality":null},"candidates":[{"model":"m","endpoint":"e","expected_cost_usd":"0.5"}]}'
)
WINDOW = Window(START, START + 4 * DAY_US)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where days are kept."""
    return tmp_path / "kept"


@pytest.fixture
def ledger(sqlite_url: str) -> Iterator[Engine]:
    """Three requests a day over three days, teams in turn."""
    engine = ledger_engine(sqlite_url)
    migrate(engine)
    for n in range(9):
        add(engine, n // 3, team=f"t{n % 2}", trace=TRACE % n)
    yield engine
    engine.dispose()


def add(engine: Engine, day: int, **changes: object) -> None:
    """One request of that day."""
    at = START + day * DAY_US + 3_600_000_000
    text = datetime.fromtimestamp(at / 1e6, UTC).date().isoformat()
    row = rows.request(rows.new_id(), started_us=at, day=text, **changes)
    with engine.begin() as connection:
        connection.execute(insert(requests).values(**asdict(row)))


def same(one: Past, other: Past) -> None:
    """Every array and every profile."""
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one.columns, name), getattr(other.columns, name))
    for field in fields(Past):
        if field.name != "columns":
            np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))
    assert one.columns.profiles == other.columns.profiles


def test_kept_days_are_read_as_the_rows_are(ledger: Engine, folder: Path) -> None:
    """The second time from files, which only their owner can read; a day that is not over is never kept."""
    plain = read_past(ledger, WINDOW, lambda _: None)
    first, second = PastCache(ledger, folder), PastCache(ledger, folder)
    same(first.read(WINDOW, lambda _: None), plain)
    same(second.read(WINDOW, lambda _: None), plain)
    assert (first.from_cache, second.from_cache) == (0, 6)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_day_with_later_rows_or_a_broken_file_is_read_anew(ledger: Engine, folder: Path) -> None:
    """A journal may be shipped days later; a file may be damaged."""
    PastCache(ledger, folder).read(WINDOW, lambda _: None)
    add(ledger, 0, trace=TRACE % 77)
    _, broken = sorted(folder.iterdir())
    broken.write_bytes(broken.read_bytes()[:100])
    cache = PastCache(ledger, folder)
    same(cache.read(WINDOW, lambda _: None), read_past(ledger, WINDOW, lambda _: None))
    assert cache.from_cache == 0


def test_a_team_and_part_of_a_day(ledger: Engine, folder: Path) -> None:
    """Windows that begin within a day, and one team alone: never another organisation's of that name, whose
    day is as full and was kept before."""
    for n in range(9):
        add(ledger, n // 3, organisation="globex", team=f"t{n % 2}", trace=TRACE % (100 + n))
    a_day = Window(START, START + DAY_US)
    windows = [
        Window(START + DAY_US // 2, time.time_ns() // 1000),
        *(replace(a_day, team=Team(whose, "t1")) for whose in ("globex", "acme")),
    ]
    for window in windows:
        for _ in range(2):
            found = PastCache(ledger, folder).read(window, lambda _: None)
            same(found, read_past(ledger, window, lambda _: None))
    assert {profile.facts.caller.organisation for profile in found.columns.profiles} == {"acme"}


@settings(max_examples=60)
@given(st.lists(seen(), min_size=1, max_size=3))
def test_a_profile_comes_back_from_json(requests_: list[Seen]) -> None:
    """With everything that a decision depends on."""
    for profile in columns_of(requests_).profiles:
        assert from_json(orjson.loads(orjson.dumps(to_json(profile)))) == profile
