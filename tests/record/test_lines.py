"""The line format: what goes in comes out, and what was damaged is told from what was not."""

from __future__ import annotations

import json
from dataclasses import asdict, astuple
from zlib import crc32

import orjson
import pytest

from router.record.lines import (
    ATTEMPT_COLUMNS,
    OPEN_COLUMNS,
    REQUEST_COLUMNS,
    CorruptLine,
    Done,
    LineDecoder,
    Opened,
    as_done,
    columns_line,
    done_line,
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
    assert isinstance(entry, Opened)
    assert entry.record() == record


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
    [["done"], {"open": 1}, ["done", "00000000", [], []], ["columns", 1, 2], ["open", "00000000", []]],
)
def test_well_formed_nonsense_is_corrupt(content: object) -> None:
    """A line with a right checksum that is not ours is corrupt, not an exception of another kind."""
    with pytest.raises(CorruptLine):
        LineDecoder().decode(framed(content))


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
    assert entry.record() == rows.opened(key)
    assert len(entry.row) == len(OPEN_COLUMNS) and len(done.attempts[0]) == len(ATTEMPT_COLUMNS)


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
