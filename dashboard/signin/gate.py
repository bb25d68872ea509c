"""Before everything else where people sign in with a password: nothing is served without a session."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.signin.routes import SIGN_IN, SIGN_OUT
from dashboard.signin.session import COOKIE, Sessions

_OPEN = (SIGN_IN, SIGN_OUT, "/_stcore/health")
"""Health is the bare word `ok`: orchestrators ask for it."""
_POLICY_VIOLATION = 1008
"""WebSocket close code, RFC 6455."""


@dataclass(frozen=True, slots=True)
class Gate:
    """ASGI middleware."""

    app: ASGIApp
    sessions: Sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan" or scope["path"] in _OPEN or self._knows(scope):
            await self.app(scope, receive, send)
        elif kind == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await _sent_away(scope)(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        return self.sessions.principal(HTTPConnection(scope).cookies.get(COOKIE)) is not None


def _sent_away(scope: Scope) -> Response:
    """A page that somebody opens leads to the sign-in and from there to where they wanted to go."""
    if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
        query = scope["query_string"].decode("latin-1")
        onward = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
        return RedirectResponse(f"{SIGN_IN}?onward={onward}", 303, headers={"cache-control": "no-store"})
    return PlainTextResponse("sign in first", 401, headers={"cache-control": "no-store"})
