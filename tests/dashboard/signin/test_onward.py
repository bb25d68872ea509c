"""A link that somebody opens before signing in at a provider is where they are afterwards."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.signin.onward import COOKIE, Onward

PAGE = {"accept": "text/html"}


async def _page(_: Request) -> Response:
    return PlainTextResponse("page")


async def _callback(_: Request) -> Response:
    return RedirectResponse("/", 302)


def _client() -> httpx.AsyncClient:
    routes = [Route("/oauth2callback", _callback), Route("/{path:path}", _page)]
    app = Starlette(routes=routes, middleware=[Middleware(Onward)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver")


async def test_the_link_is_where_they_arrive() -> None:
    """With its filters; and it is forgotten then."""
    async with _client() as client:
        await client.get("/requests?period=all&team=a%20b", headers=PAGE)
        reply = await client.get("/oauth2callback?code=1")
        assert reply.headers["location"] == "/requests?period=all&team=a%20b"
        assert (await client.get("/oauth2callback?code=2")).headers["location"] == "/"


async def test_only_pages_are_remembered() -> None:
    """Neither what a page loads, nor the sign-in's own addresses, nor anything once somebody is in."""
    async with _client() as client:
        await client.get("/static/main.js")
        await client.get("/auth/login?provider=x", headers=PAGE)
        await client.get("/spend", headers={**PAGE, "cookie": "_streamlit_user=signed"})
        assert COOKIE not in client.cookies


@pytest.mark.parametrize(
    "planted", ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example"]
)
async def test_no_cookie_leads_elsewhere(planted: str) -> None:
    """Whoever could plant one gains nothing."""
    async with _client() as client:
        reply = await client.get("/oauth2callback", headers={"cookie": f"{COOKIE}={planted}"})
        assert reply.headers["location"] == "/"
