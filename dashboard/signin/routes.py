"""The requests of a password sign-in: the page, a try, the way out."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.signin.form import HEADERS, sign_in
from dashboard.signin.passwords import fits, hashed
from dashboard.signin.session import COOKIE, Sessions
from dashboard.signin.throttle import Throttle

SIGN_IN = "/signin"
SIGN_OUT = "/signout"
_WRONG = "That name and password do not fit together."
_ENDED = {"out": "You are signed out.", "over": "Your session is over. Sign in again."}
_NOBODYS = hashed("a password that nobody has", bytes(16))
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PasswordRoutes:
    """Tries are counted, and looked at two at a time: each takes memory and time on purpose."""

    sessions: Sessions
    throttle: Throttle = field(default_factory=Throttle)
    at_once: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))

    def routes(self) -> list[Route]:
        return [
            Route(SIGN_IN, self.show, methods=["GET"]),
            Route(SIGN_IN, self.attempt, methods=["POST"]),
            Route(SIGN_OUT, self.leave, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page; whoever is signed in already goes on."""
        onward = within(request.query_params.get("onward"))
        if self.sessions.principal(request.cookies.get(COOKIE)) is not None:
            return RedirectResponse(onward, 303)
        return _page(onward, said=_ENDED.get(request.query_params.get("why", ""), ""))

    async def attempt(self, request: Request) -> Response:
        """A cookie and the way on, or the page again and why."""
        if not _from_here(request):
            return _page("/", said="That form came from another site. Sign in here.", wrong=True, status=403)
        form = await request.form(max_files=0, max_fields=8, max_part_size=8192)
        name, password, onward = (str(form.get(key, "")) for key in ("name", "password", "onward"))
        address = request.client.host if request.client else ""
        wait = self.throttle.enter(name, address, time.monotonic())
        if wait:
            return _refused(name, onward, wait)
        user = self.sessions.users.get(name)
        # A name that nobody has takes as long as one that somebody has.
        stored = user.hash if user else _NOBODYS
        right = await to_thread.run_sync(fits, password, stored, limiter=self.at_once)
        if user is None or not right:
            log.warning("sign-in of %r from %s failed", name[:128], address)
            return _page(within(onward), name, _WRONG, wrong=True, status=401)
        self.throttle.succeeded(name, address)
        return self._let_in(request, name, within(onward))

    async def leave(self, request: Request) -> Response:
        """Ends the session, here and in other windows."""
        self.sessions.end(request.cookies.get(COOKIE))
        response = RedirectResponse(f"{SIGN_IN}?why=out", 303, headers={"cache-control": "no-store"})
        response.delete_cookie(COOKIE, path="/")
        return response

    def _let_in(self, request: Request, name: str, onward: str) -> Response:
        response = RedirectResponse(onward, 303, headers={"cache-control": "no-store"})
        response.set_cookie(
            COOKIE,
            self.sessions.begin(name),
            max_age=self.sessions.seconds,
            path="/",
            httponly=True,
            samesite="lax",
            secure="https" in (request.url.scheme, request.headers.get("x-forwarded-proto")),
        )
        return response


def within(path: str | None) -> str:
    """The path and query of an address of this dashboard; the start page for anything else."""
    parts = urlsplit(path or "")
    inside = parts.path.startswith("/") and not (parts.scheme or parts.netloc)
    # Browsers take a backslash for a slash, and two of them for another host.
    if not inside or "\\" in parts.path or parts.path.startswith(("//", SIGN_IN, SIGN_OUT)):
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _from_here(request: Request) -> bool:
    """Browsers name the page that a form was on; who is no browser need not."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _refused(name: str, onward: str, wait: float) -> Response:
    minutes = max(1, round(wait / 60))
    said = f"Too many tries. Wait {minutes} minute{'s' * (minutes != 1)}, then try again."
    response = _page(within(onward), name, said, wrong=True, status=429)
    response.headers["retry-after"] = str(int(wait) + 1)
    return response


def _page(onward: str, name: str = "", said: str = "", *, wrong: bool = False, status: int = 200) -> Response:
    return HTMLResponse(sign_in(SIGN_IN, onward, name, said, wrong), status, headers=HEADERS)
