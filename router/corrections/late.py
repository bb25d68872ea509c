"""A file of usage that providers reported late: one JSON object a line, all of it good or none of it used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, select

from router.domain.usage import Usage
from router.meter.usage import reported_usage
from router.policy.problems import Problem
from router.record.tables import attempts

_PAGE = 500
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class LateReports:
    """The usages by request and attempt; `problems` name the lines that cannot be used."""

    usages: dict[Key, Usage]
    problems: list[Problem]


def read_reports(file: Path, connection: Connection) -> LateReports:
    """Lines of `{"request_id": ..., "n": 1, "usage": {...}, "service_tier": ...}`; `usage` in the
    provider's own form. Raises OSError."""
    found = LateReports({}, [])
    lines: dict[Key, int] = {}
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        read = _line(line)
        if isinstance(read, str):
            found.problems.append(Problem(str(file), number, read))
            continue
        key, usage = read
        if key in lines:
            message = f"attempt {key[1]} of {key[0]} stands on line {lines[key]} already; keep one"
            found.problems.append(Problem(str(file), number, message))
        lines[key], found.usages[key] = number, usage
    for key in _unknown(connection, list(found.usages)):
        message = f"the ledger has no attempt {key[1]} of request {key[0]}"
        found.problems.append(Problem(str(file), lines[key], message))
    return found


def _line(line: bytes) -> tuple[Key, Usage] | str:
    """What a line says, or what is wrong with it."""
    try:
        report: Any = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"not JSON: {error}"
    if not isinstance(report, dict) or not isinstance(report.get("request_id"), str):
        return 'must be an object with "request_id", "n" and "usage"'
    n = report.get("n", 1)
    if type(n) is not int or n < 1:
        return '"n" must be the number of the attempt, from 1'
    usage = reported_usage(report.get("usage"), report.get("service_tier"))
    if usage is None:
        return '"usage" is no usage report of a known form, or contradicts itself'
    return (report["request_id"], n), usage


def _unknown(connection: Connection, keys: list[Key]) -> list[Key]:
    known: set[Key] = set()
    for first in range(0, len(keys), _PAGE):
        ids = {request_id for request_id, _ in keys[first : first + _PAGE]}
        query = select(attempts.c.request_id, attempts.c.n).where(attempts.c.request_id.in_(ids))
        known.update((row.request_id, row.n) for row in connection.execute(query))
    return [key for key in keys if key not in known]
