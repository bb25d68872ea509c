"""Virtual keys: made, stored hashed, authenticated on the whole token, revoked, refreshed."""

from __future__ import annotations

import asyncio
import re
import timeit
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from router.domain.kinds import Tier
from router.record.engine import ledger_engine
from router.record.keyring import KeyRing
from router.record.keys import KeyRow, UnknownKey, create_key, list_keys, revoke_key
from router.record.migrate import migrate
from router.record.tables import keys
from tests.record.until import until


def make(engine: Engine, **changes: object) -> tuple[KeyRow, str]:
    """A key of team search."""
    return create_key(
        engine, organisation="acme", team="search", project="answers", now_us=1, **changes  # type: ignore[arg-type]
    )  # fmt: skip


def ring(engine: Engine) -> KeyRing:
    """A key ring that has read the keys."""
    loaded = KeyRing(engine, refresh=0.01)
    assert loaded.load()
    return loaded


def test_the_token_is_not_stored(ledger: Engine) -> None:
    """A token has the documented shape, and no column holds it or its secret."""
    row, token = make(ledger)
    assert re.fullmatch(r"tg-[a-z2-7]{12}-[A-Za-z0-9_-]{43}", token)
    assert token[3:15] == row.id
    with ledger.connect() as connection:
        stored = connection.execute(select(keys)).one()
    assert not any(token[16:] in str(value) for value in stored)


def test_a_key_is_its_caller(ledger: Engine) -> None:
    """A right token gives the caller with the boundary that was set; empty boundaries mean all."""
    row, token = make(
        ledger, allowed_tiers=[Tier.SMALL, Tier.REASONING], allowed_models=["b", "a"], label="CI"
    )
    assert (row.allowed_tiers, row.allowed_models, row.label) == (("reasoning", "small"), ("a", "b"), "CI")
    caller = ring(ledger).authenticate(token)
    assert caller is not None
    assert (caller.key_id, caller.organisation, caller.team, caller.project) == (
        row.id, "acme", "search", "answers",
    )  # fmt: skip
    assert caller.allowed_tiers == {Tier.SMALL, Tier.REASONING}
    assert caller.allowed_models == {"a", "b"}
    assert not caller.may_use(Tier.FRONTIER, "a")


def test_nearly_right_tokens(sqlite_ledger: Engine) -> None:
    """A token with any one character changed, cut, lengthened or of another key's id is nobody."""
    _, token = make(sqlite_ledger)
    other, other_token = make(sqlite_ledger)
    loaded = ring(sqlite_ledger)
    changed = [token[:i] + ("x" if token[i] != "x" else "y") + token[i + 1 :] for i in range(len(token))]
    mixed = [token[:3] + other.id + token[15:], other_token[:16] + token[16:]]
    malformed = [
        "",
        "tg-",
        token[:-1],
        token + "A",
        token.upper(),
        " " + token[1:],
        token[:-1] + "é",
        "é" * 59,
    ]
    for wrong in (*changed, *mixed, *malformed):
        assert loaded.authenticate(wrong) is None, wrong
    assert loaded.authenticate(token) is not None


def test_an_unknown_id_costs_as_much_as_a_wrong_secret(sqlite_ledger: Engine) -> None:
    """Timing does not tell which ids exist: the same hash and comparison are made for an unknown one."""
    _, token = make(sqlite_ledger)
    loaded = ring(sqlite_ledger)
    unknown, wrong = f"tg-aaaaaaaaaaaa-{token[16:]}", f"{token[:16]}{'A' * 43}"

    def fastest(attempt: str) -> float:
        return min(timeit.repeat(lambda: loaded.authenticate(attempt), number=500, repeat=15))

    assert 0.6 < fastest(unknown) / fastest(wrong) < 1.6


def test_revoked(ledger: Engine) -> None:
    """A revoked key is nobody after the next refresh; revoking again keeps the first time."""
    row, token = make(ledger)
    loaded = ring(ledger)
    assert revoke_key(ledger, row.id, 5).revoked_us == 5
    assert loaded.load()
    assert loaded.authenticate(token) is None
    assert revoke_key(ledger, row.id, 9).revoked_us == 5
    assert [key.revoked_us for key in list_keys(ledger)] == [5]
    with pytest.raises(UnknownKey, match="there is no key 'nobody'"):
        revoke_key(ledger, "nobody", 5)


def test_unchanged_keys_are_not_read_again(ledger: Engine) -> None:
    """`load` says whether anything changed."""
    row, _ = make(ledger)
    loaded = ring(ledger)
    assert not loaded.load()
    revoke_key(ledger, row.id, 2)
    assert loaded.load()
    assert not loaded.load()


def test_changes_at_the_same_time_all_show(ledger_url: str) -> None:
    """Keys made by several processes at once are all seen by a ring that looked in between."""
    engines = [ledger_engine(ledger_url) for _ in range(4)]
    migrate(engines[0])
    loaded = KeyRing(engines[0], 1.0)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda i: (make(engines[i % 4]), loaded.load())[0], range(16)))
    loaded.load()
    assert all(loaded.authenticate(token) for _, token in made)
    for engine in engines:
        engine.dispose()


async def test_watch_sees_changes(sqlite_ledger: Engine) -> None:
    """A watching ring lets a new key in and a revoked one out without a restart."""
    loaded = KeyRing(sqlite_ledger, refresh=0.01)
    watching = asyncio.create_task(loaded.watch())
    await until(lambda: loaded.loaded)
    row, token = await asyncio.to_thread(make, sqlite_ledger)
    await until(lambda: loaded.authenticate(token) is not None)
    await asyncio.to_thread(revoke_key, sqlite_ledger, row.id, 2)
    await until(lambda: loaded.authenticate(token) is None)
    watching.cancel()


def test_the_last_good_keys_stay(tmp_path: Path) -> None:
    """With the database away known keys still work and `error` says why; back again, it is cleared."""
    path = tmp_path / "ledger.sqlite"
    engine = ledger_engine(f"sqlite:///{path}")
    empty = KeyRing(engine, 1.0)
    assert not empty.load()
    assert not empty.loaded and "no such table" in str(empty.error)
    migrate(engine)
    _, token = make(engine)
    loaded = ring(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE keys RENAME TO keys_away"))
    assert not loaded.load()
    assert loaded.error is not None and loaded.authenticate(token) is not None
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE keys_away RENAME TO keys"))
    loaded.load()
    assert loaded.error is None
    engine.dispose()


def test_a_row_of_a_later_version_admits_nobody(sqlite_ledger: Engine) -> None:
    """A key with a tier this version does not know is left out; it never widens to all tiers."""
    _, token = make(sqlite_ledger, allowed_tiers=[Tier.SMALL])
    _, good = make(sqlite_ledger)
    with sqlite_ledger.begin() as connection:
        connection.execute(text("UPDATE keys SET allowed_tiers='[\"tiny\"]' WHERE allowed_tiers != '[]'"))
    loaded = ring(sqlite_ledger)
    assert loaded.authenticate(token) is None
    assert loaded.authenticate(good) is not None
