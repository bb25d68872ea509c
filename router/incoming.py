"""A request that FastAPI serves, read as all others are: a bounded body, within a time."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from router.ingress.call import ClientCall


def incoming(request: Request) -> ClientCall:
    """Its head and body; the framework sends the response."""
    return ClientCall(request.scope, request.receive, _never_sent, None)


async def _never_sent(_: Any) -> None:
    raise AssertionError("the framework sends this route's response")
