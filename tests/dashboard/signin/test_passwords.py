"""Passwords: their hashes, how often they may be tried, the session they begin, the requests of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.command import dashboard
from dashboard.signin.configuration import User
from dashboard.signin.gate import Gate
from dashboard.signin.passwords import HASH, WeakPassword, fits, hashed
from dashboard.signin.routes import PasswordRoutes, within
from dashboard.signin.session import COOKIE, Sessions
from dashboard.signin.throttle import BY_ADDRESS, BY_NAME, WINDOW_SECONDS, Throttle
from router.domain.roles import Principal, Role
from router.domain.teams import Team

PASSWORD = "four words of mine"
LEE = Principal("lee", Role.TEAM_LEAD, (Team("acme", "x"),))


@pytest.fixture(scope="module")
def stored() -> str:
    return hashed(PASSWORD)


@pytest.fixture
def sessions(stored: str) -> Sessions:
    return Sessions({"lee": User(LEE, stored)}, "a secret of thirty-two characters", 3600)


@pytest.fixture
async def client(sessions: Sessions) -> AsyncIterator[httpx.AsyncClient]:
    """The sign-in in front of an app of one page."""

    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("figures")

    routes = [*PasswordRoutes(sessions).routes(), Route("/spend", page)]
    app = Starlette(routes=routes, middleware=[Middleware(Gate, sessions=sessions)])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as found:
        yield found


async def _enter(client: httpx.AsyncClient, password: str = PASSWORD, **headers: str) -> int:
    form = {"name": "lee", "password": password, "onward": "/spend?team=x"}
    return (await client.post("/signin", data=form, headers=headers)).status_code


def test_a_hash_fits_its_password_alone(stored: str) -> None:
    """Salted, so that the same password has another hash; of a form that needs no quoting."""
    assert re.fullmatch(HASH, stored)
    assert fits(PASSWORD, stored)
    assert not fits(PASSWORD + " ", stored)
    assert hashed(PASSWORD) != stored


def test_a_short_password_is_refused() -> None:
    """With the number of characters it needs."""
    with pytest.raises(WeakPassword, match="12 or more"):
        hashed("hunter2")


async def test_nothing_is_served_before_the_sign_in(client: httpx.AsyncClient) -> None:
    """A page leads to the sign-in with its address kept, anything else is refused, sockets are closed."""
    reply = await client.get("/spend?team=x", headers={"accept": "text/html"})
    assert (reply.status_code, reply.headers["location"]) == (303, "/signin?onward=%2Fspend%3Fteam%3Dx")
    assert (await client.get("/media/whatever.csv")).status_code == 401


async def test_no_socket_is_opened_before_the_sign_in(sessions: Sessions) -> None:
    """Closed before it was accepted; with a session it is the app's."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    scope: dict[str, Any] = {"type": "websocket", "path": "/_stcore/stream", "headers": []}
    await Gate(app, sessions)(scope, receive, send)
    cookie = f"{COOKIE}={sessions.begin('lee')}".encode()
    await Gate(app, sessions)({**scope, "headers": [(b"cookie", cookie)]}, receive, send)
    assert sent == ["websocket.close", "websocket.accept"]


async def test_in_and_out(client: httpx.AsyncClient) -> None:
    """The cookie is for this host and no script; signed out, it is worth nothing to whoever kept it."""
    assert await _enter(client) == 303
    header = client.cookies.get(COOKIE)
    assert header is not None
    assert (await client.get("/spend")).text == "figures"
    assert (await client.get("/signin")).status_code == 303
    await client.get("/signout")
    client.cookies.set(COOKIE, header)
    assert (await client.get("/spend")).status_code == 401


async def test_the_cookie_keeps_to_itself(client: httpx.AsyncClient) -> None:
    """HttpOnly, SameSite=Lax, and Secure where the browser came over TLS."""
    form = {"name": "lee", "password": PASSWORD, "onward": "//evil.example"}
    reply = await client.post("/signin", data=form, headers={"x-forwarded-proto": "https"})
    said = reply.headers["set-cookie"].lower()
    assert all(word in said for word in ("httponly", "samesite=lax", "secure", "path=/"))
    assert reply.headers["location"] == "/"


@pytest.mark.parametrize(("name", "password"), [("lee", "another password"), ("eve", PASSWORD), ("", "")])
async def test_what_does_not_fit_is_not_explained(
    client: httpx.AsyncClient, name: str, password: str
) -> None:
    """The same words for a wrong name and a wrong password; no cookie."""
    reply = await client.post("/signin", data={"name": name, "password": password})
    assert reply.status_code == 401
    assert "do not fit together" in reply.text
    assert COOKIE not in reply.cookies


async def test_a_form_of_another_site_is_refused(client: httpx.AsyncClient) -> None:
    """Signing somebody in as somebody else from elsewhere does not work."""
    assert await _enter(client, origin="https://evil.example") == 403
    assert await _enter(client, origin="http://testserver") == 303


async def test_guessing_is_slowed_down(client: httpx.AsyncClient) -> None:
    """After a few wrong tries even the right password has to wait, and the reply says how long."""
    assert {await _enter(client, "a wrong password") for _ in range(BY_NAME)} == {401}
    reply = await client.post("/signin", data={"name": "lee", "password": PASSWORD})
    assert reply.status_code == 429
    assert 0 < int(reply.headers["retry-after"]) <= WINDOW_SECONDS + 1


def test_tries_are_counted_by_name_and_by_address() -> None:
    """Other names do not get an address further; a window later all is forgotten; success forgives a name."""
    throttle = Throttle()
    for n in range(BY_ADDRESS):
        assert throttle.enter(f"name{n}", "10.0.0.7", 0.0) == 0
    assert throttle.enter("another", "10.0.0.7", 1.0) == WINDOW_SECONDS - 1
    assert throttle.enter("another", "10.0.0.8", 1.0) == 0
    assert throttle.enter("another", "10.0.0.7", WINDOW_SECONDS) == 0
    for _ in range(BY_NAME):
        assert throttle.enter("lee", "10.0.0.9", 0.0) == 0
        throttle.succeeded("lee", "10.0.0.9")
    assert throttle.enter("lee", "10.0.0.9", 0.0) == 0


def test_a_session_ends(sessions: Sessions, stored: str) -> None:
    """By its age, by another password, by another secret, by the user's removal; and was never forged."""
    cookie = sessions.begin("lee")
    assert sessions.principal(cookie) == LEE
    assert Sessions(sessions.users, sessions.secret, -1).principal(cookie) is None
    assert Sessions(sessions.users, "another secret of thirty-two chars", 3600).principal(cookie) is None
    assert Sessions({}, sessions.secret, 3600).principal(cookie) is None
    changed = {"lee": User(LEE, hashed("five words of mine now"))}
    assert Sessions(changed, sessions.secret, 3600).principal(cookie) is None
    assert [sessions.principal(forged) for forged in (None, "", "x", cookie[:-1], f"{cookie}x")] == [None] * 5


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/requests?team=x&period=all", "/requests?team=x&period=all"),
        (None, "/"), ("", "/"), ("https://evil.example/", "/"), ("//evil.example", "/"),
        ("/\\evil.example", "/"), ("javascript:alert(1)", "/"), ("/signin?onward=/x", "/"), ("spend", "/"),
    ],
)  # fmt: skip
def test_the_way_on_stays_here(given: str | None, path: str) -> None:
    """No address of the form leads to another site, nor round in circles."""
    assert within(given) == path


def test_the_command_prints_what_to_paste() -> None:
    """Lines for the document on standard output, the prompt elsewhere; the password is in neither."""
    run = CliRunner().invoke(
        dashboard,
        ["password", "lee", "--role", "team_lead", "--team", "acme/x"],
        input=f"{PASSWORD}\n{PASSWORD}\n",
    )
    assert run.exit_code == 0
    found = re.fullmatch(
        r'    - name: lee\n      role: team_lead\n      teams: \["acme/x"\]\n      password: (\S+)\n',
        run.stdout,
    )
    assert found and fits(PASSWORD, found[1])
    assert PASSWORD not in run.output
    assert CliRunner().invoke(dashboard, ["password", "lee", "--role", "team_lead"]).exit_code == 2
    bare = CliRunner().invoke(dashboard, ["password", "lee", "--role", "team_lead", "--team", "x"])
    assert bare.exit_code == 2 and "write ORGANISATION/TEAM, such as acme/x" in bare.output


def test_it_says_in_words_why_it_does_not_start() -> None:
    """Exit code 1 and one line, before any server is up."""
    run = CliRunner().invoke(dashboard, ["--host", "0.0.0.0"], env={"TIERGATE_DASHBOARD_ACCESS": None})
    assert run.exit_code == 1
    assert "nobody could sign in, and it would listen on 0.0.0.0" in run.output
