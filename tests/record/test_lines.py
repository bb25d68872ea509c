"""The line format: what goes in comes out, and what was damaged is told from what was not."""

from __future__ import annotations

import json
from dataclasses import asdict, astuple
from typing import Any
from zlib import crc32

import orjson
import pytest

from router.record.decode import CorruptLine, LineDecoder
from router.record.lines import (
    ATTEMPT_COLUMNS,
    REQUEST_COLUMNS,
    SCHEMA,
    Done,
    Later,
    Opened,
    as_done,
    columns_line,
    done_line,
    later_line,
    open_line,
)
from tests.record import rows


def framed(content: object) -> bytes:
    body = orjson.dumps(content)
    return b"%08x %b" % (crc32(body), body)


def test_lines_round_trip() -> None:
    """A settled request and an open attempt are read back exactly, from one line of text each."""
    key = rows.new_id()
    request, attempts = rows.request(key, 2), [rows.attempt(key, 1), rows.attempt(key, 2)]
    record = rows.opened(key, 2, ended=(attempts[0],))
    done, opened = done_line(request, attempts), open_line(record)
    assert [line.count(b"\n") for line in (done, opened)] == [1, 1]
    assert LineDecoder().decode(done[:-1]) == as_done(request, attempts)
    entry = LineDecoder().decode(opened[:-1])
    assert isinstance(entry, Opened) and entry.id == key
    assert LineDecoder().record(entry) == record


def test_verdicts_round_trip() -> None:
    """Any number of verdicts on one line; one of the wrong kind makes the line corrupt."""
    key = rows.new_id()
    found = [rows.verdict(key), rows.verdict(key, 2, verifier="sql", evidence="a\nb")]
    line = later_line("verdicts", found)
    assert line.count(b"\n") == 1
    assert LineDecoder().decode(line[:-1]) == Later("verdicts", tuple(map(astuple, found)))
    with pytest.raises(CorruptLine, match="verdict: n is str, not int"):
        LineDecoder().decode(later_line("verdicts", [rows.verdict(key, n="1")])[:-1])


def test_first_line_names_the_columns() -> None:
    """The first line of a segment says what each position of the later lines is."""
    _, json_text = columns_line().split(b" ", 1)
    kind, _, columns = json.loads(json_text)
    assert kind == "columns"
    assert tuple(columns["request"]) == REQUEST_COLUMNS
    assert LineDecoder().decode(columns_line()[:-1]) is None


def test_any_flipped_bit_is_noticed() -> None:
    """A line with one wrong bit, anywhere, is corrupt."""
    line = open_line(rows.opened(rows.new_id()))[:-1]
    for position in range(len(line)):
        damaged = bytearray(line)
        damaged[position] ^= 0x04
        with pytest.raises(CorruptLine, match="checksum"):
            LineDecoder().decode(bytes(damaged))


@pytest.mark.parametrize(
    "content",
    [
        ["done"],
        {"open": 1},
        ["done", SCHEMA, [], []],
        ["done", SCHEMA, 1, 2],
        ["done", {}, [], []],
        ["done", "00000000", [], []],
        ["verdicts", SCHEMA, [[]]],
        ["verdicts", SCHEMA, 1],
        ["verdicts", SCHEMA],
        ["columns", 1, 2],
        ["columns", "00000000", {"request": [1]}],
        ["open", "00000000", []],
        ["open", [], []],
    ],
)
def test_well_formed_nonsense_is_corrupt(content: object) -> None:
    """A line with a right checksum that is not ours is corrupt, not an exception of another kind."""
    with pytest.raises(CorruptLine):
        LineDecoder().decode(framed(content))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tags": {"a": 1}}, "request: tags is dict, not str"),
        ({"cost_pico": [1]}, "request: cost_pico is list, not int or null"),
        ({"cost_pico": "12"}, "request: cost_pico is str, not int or null"),
        ({"cost_pico": 0.5}, "request: cost_pico is float, not int or null"),
        ({"cost_pico": 2**70}, "request: cost_pico is float, not int or null"),
        ({"attempts": True}, "request: attempts is bool, not int"),
        ({"stream": 1}, "request: stream is int, not bool"),
        ({"team": None}, "request: team is null, not str"),
        ({"difficulty": "hard"}, "request: difficulty is str, not float or int or null"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_by_its_column(change: dict[str, Any], reason: str) -> None:
    """A row with a value its column cannot hold is corrupt, and the reason names column and kinds."""
    key = rows.new_id()
    decoder = LineDecoder()
    assert decoder.decode(done_line(rows.request(key), [])[:-1])
    for _ in range(2):
        with pytest.raises(CorruptLine, match=f"^{reason}$"):
            decoder.decode(done_line(rows.request(key, **change), [])[:-1])
    with pytest.raises(CorruptLine, match="attempt: error is dict"):
        decoder.decode(done_line(rows.request(key), [rows.attempt(key, error={})])[:-1])


def test_whole_numbers_are_right_for_a_fraction() -> None:
    """A difficulty of 1 is as good as one of 1.0."""
    line = done_line(rows.request(rows.new_id(), difficulty=1), [])
    assert isinstance(LineDecoder().decode(line[:-1]), Done)


@pytest.mark.parametrize(
    "change",
    [{"attempt_started_us": None}, {"ended": 5}, {"ended": (3,)}, {"ended": ({"n": {}},)}, {"trace": {}}],
)
def test_an_open_line_is_looked_at_when_it_is_needed(change: dict[str, Any]) -> None:
    """An open line says whose it is at once, and what is wrong in it when it is to be booked."""
    key = rows.new_id()
    decoder = LineDecoder()
    entry = decoder.decode(open_line(rows.opened(key, **change))[:-1])
    assert isinstance(entry, Opened) and entry.id == key
    with pytest.raises(CorruptLine):
        decoder.record(entry)


def test_an_unusual_id_is_read_in_full() -> None:
    """An id with escapes in it is the id, not its spelling."""
    for key in ('a"b', "ü", "a\\", ""):
        entry = LineDecoder().decode(open_line(rows.opened(key))[:-1])
        assert isinstance(entry, Opened) and entry.id == key


def test_a_segment_of_another_version_is_read_by_name() -> None:
    """Rows of a version with other columns in another order keep what both know; the rest is unknown."""
    key = rows.new_id()
    request = {**asdict(rows.request(key)), "colour": "red"}
    del request["ttft_us"]
    attempt = asdict(rows.attempt(key))
    opened = asdict(rows.opened(key))
    names = {kind: sorted(row) for kind, row in
             (("request", request), ("attempt", attempt), ("open", opened))}  # fmt: skip
    decoder = LineDecoder()
    decoder.decode(framed(["columns", "other", names]))
    done = decoder.decode(
        framed(
            [
                "done",
                "other",
                [request[name] for name in names["request"]],
                [[attempt[name] for name in names["attempt"]]],
            ]
        )
    )
    expected = astuple(rows.request(key, ttft_us=None))
    assert done == Done(expected, (astuple(rows.attempt(key)),))
    entry = decoder.decode(framed(["open", "other", [opened[name] for name in names["open"]]]))
    assert isinstance(entry, Opened)
    assert entry.id == key and decoder.record(entry) == rows.opened(key)
    assert len(done.attempts[0]) == len(ATTEMPT_COLUMNS)


def test_unknown_columns_without_their_names_are_corrupt() -> None:
    """Rows of another version are never guessed at when the line that names their columns is missing."""
    with pytest.raises(CorruptLine, match="does not name them"):
        LineDecoder().decode(framed(["done", "other", [1], []]))


def test_characters_no_database_takes() -> None:
    """NUL and lone surrogates, which a client can send, cost a character and never the row."""
    key = rows.new_id()
    line = done_line(rows.request(key, error_code="a\0b\ud800c", workload="\\u0000"), [])
    entry = LineDecoder().decode(line[:-1])
    assert isinstance(entry, Done)
    row = dict(zip(REQUEST_COLUMNS, entry.request, strict=True))
    assert row["error_code"] == "a\ufffdb?c"
    assert row["workload"] == "\\u0000"
