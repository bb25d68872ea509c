"""The application of the admin API: its routes, its errors, and what OpenAPI says of it."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from router.admin.api import (
    audit_routes,
    budget_routes,
    key_routes,
    people_routes,
    period_routes,
    policy_routes,
)
from router.admin.api.bounds import Bounded
from router.admin.api.context import Context
from router.admin.names import RULES
from router.books.focus.providers import BadMap
from router.error_replies import add_error_replies
from router.errors import Conflict, InvalidRequest, TiergateError, Unavailable, render
from router.ingress.reasons import reason
from router.policy.problems import PolicyRejected
from router.record.write import brief

log = logging.getLogger(__name__)

PREFIX = "/admin/v1"
_AWAY = (SQLAlchemyError, OSError, PolicyRejected, BadMap)
"""The database, the disk, the policy in force, or the map of sellers."""
_PARTS = (key_routes, people_routes, budget_routes, policy_routes, audit_routes, period_routes)


def build_admin(context: Context) -> Bounded:
    """The ASGI application."""
    settings = context.settings
    return Bounded(build_app(context), settings.max_body_bytes, settings.body_timeout)


def build_app(context: Context) -> FastAPI:
    """The routes without the limits."""
    app = FastAPI(
        title="Tiergate administration",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        telemetry=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.context = context
    all_routes = APIRouter(prefix=PREFIX)
    for part in _PARTS:
        all_routes.include_router(part.routes)
    app.include_router(all_routes)
    add_error_replies(app)
    app.add_exception_handler(RequestValidationError, _malformed)
    for kind in _AWAY:
        app.add_exception_handler(kind, _away)
    described = app.openapi()
    _without_422(described)
    return app


async def _malformed(_: Request, error: Exception) -> Response:
    """The first thing that is wrong, named as the request spells it."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        said = f"The request body is not valid JSON: {first['ctx']['error']}, at character {first['loc'][1]}."
        return _reply(InvalidRequest(said, code="invalid_json"))
    place = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    rule = RULES.get(first.get("ctx", {}).get("pattern", "")) or reason(first)
    return _reply(InvalidRequest(f"Invalid {place}: {rule}.", param=place))


async def _away(_: Request, error: Exception) -> Response:
    if isinstance(error, IntegrityError):
        return _reply(Conflict("Somebody else is doing the same at this moment; look again and try again."))
    log.warning("admin API: %s", brief(error))
    return _reply(Unavailable(f"What this needs cannot be used now: {brief(error)}."))


def _reply(error: TiergateError) -> Response:
    status, body, headers = render(error)
    return Response(body, status, headers, media_type="application/json")


def _without_422(described: dict[str, Any]) -> None:
    """FastAPI's own answer to malformed requests, of which none is ever given."""
    for path in described["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        described["components"]["schemas"].pop(name, None)
