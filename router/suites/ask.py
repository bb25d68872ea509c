"""One question to the gateway, as an app asks it, and its answer checked. Must not choose questions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import httpx

from router import telemetry
from router.asking import PAUSE_S, Hopeless, TryFailed, refused, tried
from router.domain.finding import Finding
from router.domain.money import PICO_PER_USD
from router.suites.grade import grade, request
from router.suites.item import Item
from router.suites.results import Result
from router.verify.inspection import Checker

WORKLOAD: Final = "bench-"
"""Requests carry the workload `bench-SUITE`, for rules to match and for finance to tell apart."""
_EVIDENCE_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Call:
    """What one question is asked with. `extra` are fields of the request such as temperature."""

    suite: str
    asked: str
    repeat: int
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Reply:
    completion: Mapping[str, Any]
    headers: httpx.Headers
    seconds: float


async def ask(
    client: httpx.AsyncClient, checker: Checker, item: Item, call: Call, pause_s: float = PAUSE_S
) -> Result:
    """The result, whatever happens to this question alone. Raises Hopeless where every one would fail."""
    try:
        reply = await tried(lambda: _once(client, item, call), pause_s)
    except TryFailed as failed:
        return _result(item, call, None, None, str(failed))
    return _result(item, call, reply, await grade(checker, item, reply.completion), None)


async def _once(client: httpx.AsyncClient, item: Item, call: Call) -> _Reply:
    body = request(item, call.asked) | dict(call.extra)
    headers = {telemetry.IN_WORKLOAD: WORKLOAD + call.suite.split(" ")[0]}
    started = time.perf_counter()
    try:
        reply = await client.post("chat/completions", json=body, headers=headers)
    except httpx.HTTPError as error:
        raise TryFailed(f"{type(error).__name__}: {error}".rstrip(": "), again=True) from error
    seconds = time.perf_counter() - started
    if reply.status_code != 200:
        failed = refused(reply)
        if reply.status_code in (401, 404):  # a wrong key, an unknown model: another question will not help
            raise Hopeless(f"{client.base_url} as {call.asked} answers {failed}")
        raise failed
    try:
        completion = reply.json()
        if not isinstance(completion["choices"][0]["message"], dict):
            raise TypeError("its message is no object")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise TryFailed(f"the reply is no chat completion: {error}", again=True) from error
    return _Reply(completion, reply.headers, seconds)


def _result(item: Item, call: Call, reply: _Reply | None, found: Finding | None, error: str | None) -> Result:
    headers = httpx.Headers() if reply is None else reply.headers
    usage = {} if reply is None else reply.completion.get("usage") or {}
    return Result(
        suite=call.suite,
        item=item.id,
        asked=call.asked,
        repeat=call.repeat,
        verdict=None if found is None else found.verdict,
        evidence="" if found is None else found.evidence[:_EVIDENCE_SHOWN],
        error=error,
        request_id=headers.get(telemetry.OUT_REQUEST_ID),
        model=headers.get(telemetry.OUT_MODEL),
        tier=headers.get(telemetry.OUT_TIER),
        attempts=_whole(headers.get(telemetry.OUT_ATTEMPTS)),
        cost=_pico(headers.get(telemetry.OUT_COST)),
        input=_count(usage.get("prompt_tokens")),
        output=_count(usage.get("completion_tokens")),
        seconds=None if reply is None else reply.seconds,
        simulated=headers.get(telemetry.OUT_SIMULATED) == "true",
    )


def _pico(text: str | None) -> int | None:
    try:
        return None if text is None else int(Decimal(text) * PICO_PER_USD)
    except (InvalidOperation, ValueError):
        return None


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _count(given: Any) -> int | None:
    return given if type(given) is int and given >= 0 else None
