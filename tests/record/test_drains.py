"""Operators' words on endpoints, on both databases: the last one counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from router.record.drains import Drains, Word, last_words, say
from router.record.engine import ledger_engine
from router.record.migrate import migrate


@pytest.fixture
def engine(ledger_url: str) -> Iterator[Engine]:
    found = ledger_engine(ledger_url)
    migrate(found)
    yield found
    found.dispose()


def words(engine: Engine, *said: Word) -> None:
    for word in said:
        with engine.begin() as connection:
            say(connection, word)


def test_the_last_word_counts(engine: Engine) -> None:
    """Also when a clock went back, or two words fell into one microsecond."""
    words(
        engine,
        Word("vllm", 100, True, "ops", "new driver"),
        Word("api", 100, True, "ops", ""),
        Word("api", 90, False, "ops", "it was the other one"),
    )
    assert Drains(engine).load() == {"vllm": "drained by ops: new driver"}
    with engine.connect() as connection:
        assert [(word.endpoint, word.at_us) for word in last_words(connection)] == [
            ("api", 101),
            ("vllm", 100),
        ]


def test_while_the_database_is_away_what_was_known_stays(engine: Engine) -> None:
    """An endpoint must not come back by accident."""
    words(engine, Word("vllm", 1, True, "ops", ""))
    drains = Drains(engine)
    assert drains.load() == {"vllm": "drained by ops"}
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE drains")
    assert drains.load() == {"vllm": "drained by ops"}
