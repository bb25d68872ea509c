"""Where somebody was going before they signed in at a provider: Streamlit itself leads to the start page."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import quote, unquote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.signin.document import CALLBACK
from dashboard.signin.routes import within

COOKIE = "tiergate_onward"
_SIGNED_IN = "_streamlit_user"
"""Streamlit's identity cookie."""
_SECONDS = 600
_LONGEST = 2_000
"""Characters of an address that are kept; browsers refuse cookies beyond 4 KB."""


@dataclass(frozen=True, slots=True)
class Onward:
    """ASGI middleware: remembers a page's address in a cookie, and leads there from the callback."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                _direct(HTTPConnection(scope), message)
            await send(message)

        await self.app(scope, receive, sent)


def _direct(asked: HTTPConnection, message: Message) -> None:
    headers = MutableHeaders(scope=message)
    if asked.url.path == CALLBACK:
        onward = asked.cookies.get(COOKIE)
        if onward is not None and message["status"] == 302 and headers.get("location") == "/":
            headers["location"] = within(unquote(onward))
            headers.append("set-cookie", _cookie("", 0))
        return
    wanted = asked.url.path + (f"?{asked.url.query}" if asked.url.query else "")
    page = "text/html" in asked.headers.get("accept", "") and _SIGNED_IN not in asked.cookies
    if page and not wanted.startswith("/auth/") and len(wanted) <= _LONGEST:
        headers.append("set-cookie", _cookie(quote(wanted, safe=""), _SECONDS))


def _cookie(value: str, seconds: int) -> str:
    made = SimpleCookie({COOKIE: value})
    made[COOKIE].update({"path": "/", "max-age": str(seconds), "samesite": "lax"})
    made[COOKIE]["httponly"] = True
    return made.output(header="").strip()
