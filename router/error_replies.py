"""How FastAPI's routes answer errors, unknown URLs and wrong methods included: in OpenAI's shape."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from router.errors import InvalidRequest, TiergateError, UnknownRoute, render
from router.ingress.call import ClientGone

_MALFORMED = 400
"""FastAPI raises it for a body that it cannot decode."""
_NOT_ALLOWED = 405
_CLIENT_GONE = 499
_APPS = "/v1/"
"""Where the routes of apps are: those an unknown URL is likely to have meant."""


def add_error_replies(app: FastAPI) -> None:
    """Every error of every route of `app`."""
    app.add_exception_handler(TiergateError, _tiergate_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientGone, _nobody_there)
    app.add_exception_handler(Exception, _defect)


async def _tiergate_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, TiergateError)
    status, body, headers = render(error)
    return Response(body, status, headers, media_type="application/json")


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    asked = f"{request.method} {request.url.path}"
    if error.status_code == _NOT_ALLOWED:
        _, body, headers = render(InvalidRequest(f"Method not allowed: {asked}.", code="method_not_allowed"))
        return Response(
            body, _NOT_ALLOWED, {**headers, **(error.headers or {})}, media_type="application/json"
        )
    if error.status_code == _MALFORMED:
        said = f"The request body cannot be read as JSON in UTF-8: {asked}."
        return await _tiergate_error(request, InvalidRequest(said, code="invalid_json"))
    return await _tiergate_error(request, UnknownRoute(f"Unknown request URL: {asked}.{_there_are(request)}"))


def _there_are(request: Request) -> str:
    """What apps may ask. Many a client begins with another API of OpenAI's, or with half a base URL."""
    routes = ", ".join(_routes_of_apps(request.app))
    return f" There are {routes}." if routes else ""


def _routes_of_apps(app: FastAPI) -> Iterator[str]:
    for route in app.routes:
        if isinstance(route, APIRoute) and route.path.startswith(_APPS):
            for method in sorted(route.methods or ()):
                yield f"{method} {route.path_format}"


async def _nobody_there(_: Request, error: Exception) -> Response:
    return Response(status_code=_CLIENT_GONE)


async def _defect(request: Request, _: Exception) -> Response:
    """A defect of the gateway: the server logs it, the caller gets the usual shape."""
    return await _tiergate_error(request, TiergateError("The gateway failed on this request."))
