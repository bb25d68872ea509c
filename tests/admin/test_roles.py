"""Who may do what: one line for every route. A new route without a line fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from router.domain.roles import Role
from tests.admin.conftest import PREFIX, Api

ALL = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})
FINANCE = frozenset({Role.FINANCE})
KEYS = frozenset({Role.ADMIN, Role.TEAM_LEAD})
READ = frozenset({Role.ADMIN, Role.FINANCE, Role.AUDITOR})
INSPECT = frozenset({Role.ADMIN, Role.AUDITOR})

MAY = {
    "GET /keys": ALL,
    "POST /keys": KEYS,
    "GET /keys/{key_id}": ALL,
    "PATCH /keys/{key_id}": KEYS,
    "POST /keys/{key_id}/rotate": KEYS,
    "POST /keys/{key_id}/revoke": KEYS,
    "GET /me": ALL,
    "GET /users": INSPECT,
    "GET /teams": ALL,
    "GET /teams/{team}": ALL,
    "GET /budgets": ALL,
    "GET /budgets/{name}": ALL,
    "GET /policies": ALL,
    "GET /policies/in-force": ALL,
    "GET /policies/diff": ALL,
    "GET /policies/{which}": ALL,
    "POST /policies/check": ADMIN,
    "POST /policies/test": ADMIN,
    "POST /policies/plan": ADMIN,
    "POST /policies/apply": ADMIN,
    "POST /policies/rollback": ADMIN,
    "GET /audit/entries": INSPECT,
    "GET /audit/verification": INSPECT,
    "GET /periods": READ,
    "GET /periods/{month}": READ,
    "POST /periods/{month}/close": FINANCE,
    "POST /periods/{month}/reopen": FINANCE,
}
FILLED = {
    "{key_id}": "aaaaaaaaaaaa",
    "{name}": "search",
    "{which}": "1",
    "{team}": "search",
    "{month}": "2026-08",
}


def routes(app: FastAPI) -> Iterator[str]:
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            yield f"{method.upper()} {path.removeprefix(PREFIX)}"


def test_every_route_has_its_line(sqlite_api: Api) -> None:
    """And no line is of a route that is gone; what OpenAPI does not name is not there either."""
    assert set(routes(sqlite_api.app)) == set(MAY)
    hidden = [
        route
        for route in sqlite_api.app.routes
        if isinstance(route, APIRoute) and not route.include_in_schema
    ]
    assert hidden == []


def test_roles(sqlite_api: Api) -> None:
    """Every role on every route: let in, or refused with 403; nobody, and an app's key, with 401."""
    _, app_key = sqlite_api.key()
    for line, roles in MAY.items():
        method, path = line.split()
        for name, value in FILLED.items():
            path = path.replace(name, value)
        for role in Role:
            reply = sqlite_api.ask(role, method, path, json={})
            assert (reply.status_code == 403) == (role not in roles), (line, role, reply.text)
            assert reply.status_code not in (401, 404, 500) or role in roles, (line, role, reply.text)
        for headers in ({}, {"authorization": f"Bearer {app_key}"}, {"authorization": "Bearer tga-x"}):
            reply = sqlite_api.ask(None, method, path, json={}, headers=headers)
            assert reply.status_code == 401, (line, headers)
            assert reply.json()["error"]["type"] == "authentication_error"


@pytest.mark.parametrize("path", ["/keys", "/teams", "/policies", "/periods"])
def test_a_refusal_has_openai_s_shape(sqlite_api: Api, path: str) -> None:
    """Also of unknown URLs and wrong methods."""
    for reply in (
        sqlite_api.ask(None, "GET", path),
        sqlite_api.ask(Role.ADMIN, "DELETE", path),
        sqlite_api.ask(Role.ADMIN, "GET", f"{path}/no/such/place"),
    ):
        assert set(reply.json()["error"]) == {"message", "type", "param", "code"}
