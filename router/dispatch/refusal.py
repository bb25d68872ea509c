"""What an upstream's error status means for the attempt loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from router.domain.budget import Shortage
from router.errors import error_body

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_OURS = frozenset({401, 402, 403, 404, 405, 407})
"""The upstream refuses this gateway, not this request: another candidate may do better."""
_UNREADY = 503
_UNKNOWN = 404
_TOO_LONG = "context_length_exceeded"
_PATIENCE = 2.0
"""Seconds. A longer Retry-After goes to the next candidate at once."""


@dataclass(frozen=True, slots=True)
class Miss:
    """An attempt without an answer. `again`: the same endpoint may be tried after `delay` seconds (None:
    the loop's own backoff). `endpoint_fault`: it counts against the endpoint's circuit. `busy`: its places
    are taken. `held`: its circuit is open, so it was not asked. `unpaid`: why no budget paid for it, so it
    was not asked either. `unready`: its server is there and says that it takes nobody.
    `unknown`: it does not know the model, such as an adapter that is not loaded."""

    reason: str
    again: bool = False
    delay: float | None = None
    endpoint_fault: bool = True
    timeout: bool = False
    busy: bool = False
    held: bool = False
    unpaid: Shortage | None = None
    unready: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class CallerFault:
    """The upstream found fault with the request itself; `body` is in OpenAI's shape."""

    status: int
    body: bytes


def read_refusal(status: int, headers: Mapping[str, str], body: bytes) -> Miss | CallerFault:
    """Sorts an error reply: try again, try elsewhere, or tell the caller."""
    error = _error(body)
    said = f"HTTP {status}: {_message(error, body)}"
    if status in _AGAIN or (status >= 500):
        delay = _retry_after(headers)
        patient = delay is None or delay <= _PATIENCE
        return Miss(said, again=patient, delay=delay, busy=status == 429, unready=status == _UNREADY)
    if status in _OURS or status < 400:
        return Miss(said, unknown=status == _UNKNOWN)
    if _TOO_LONG in (error.get("code"), error.get("type")) or "context length" in said.lower():
        return Miss(said, endpoint_fault=False)
    if "message" in error:
        return CallerFault(status, orjson.dumps({"error": _in_shape(error)}))
    return CallerFault(status, error_body(said, "invalid_request_error", "upstream_refused", None))


def _error(body: bytes) -> dict[str, object]:
    """The error object of OpenAI's shape, of vLLM's older flat one, or nothing."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(data, dict):
        return {}
    error = data.get("error", data)
    if isinstance(error, str):
        return {"message": error}
    return error if isinstance(error, dict) else {}


def _in_shape(error: Mapping[str, object]) -> dict[str, object]:
    """As OpenAI would say it: vLLM gives the class of its exception as type and the status as code."""
    shaped = dict(error)
    if isinstance(error.get("code"), int):
        shaped["code"] = None
    if str(error.get("type")).endswith("Error"):
        shaped["type"] = "invalid_request_error"
    return shaped


def _message(error: Mapping[str, object], body: bytes) -> str:
    message = error.get("message")
    return message[:300] if isinstance(message, str) else body[:200].decode("utf-8", "replace")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None
