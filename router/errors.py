"""Every error a caller of the gateway can see, and the one place that renders it in OpenAI's shape.

    TiergateError
    ├── InvalidRequest          400  the app must change the request
    │   ├── BodyTooLarge        413
    │   ├── EncodedBody         415
    │   ├── UnknownModel        404
    │   ├── UnknownRequest      404
    │   ├── UnknownResource     404
    │   ├── UnknownRoute        404
    │   └── Conflict            409  another state than the act needs; look at it again first
    ├── NotAuthenticated        401  no key, a wrong key or a revoked one
    ├── NotAllowed              403  the key may not use that model, tier or route
    ├── NoCandidate             403  policy leaves nothing that may see this request (fails closed)
    ├── Overloaded              429  a bounded queue is full; try again later
    ├── InsufficientQuota       429  a budget is spent; the message says which and when it begins anew
    ├── RateLimited             429  a limit on requests or tokens is reached; try again after `retry-after`
    ├── UpstreamExhausted       502  every candidate failed
    ├── UpstreamTimeout         504  every candidate failed, the last one by time
    └── Unavailable             503  the gateway cannot serve yet, or cannot record what it would spend

A subclass exists only where the caller must act differently; status, type, code, retryable and log level
are attributes of the class. `retryable` becomes `x-should-retry`, which the official clients obey.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import orjson


class TiergateError(Exception):
    """Base. `param` names the offending field in the wire's own spelling, `code` the machine's reason."""

    status = 500
    type = "server_error"
    code = "internal_error"
    retryable = False
    log_level = logging.ERROR

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code or self.code
        self.headers = dict(headers or {})


class InvalidRequest(TiergateError):
    """The app must change the request."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_request"
    log_level = logging.INFO


class BodyTooLarge(InvalidRequest):
    """The body is over the limit."""

    status = 413
    code = "request_too_large"


class EncodedBody(InvalidRequest):
    """The body is compressed or otherwise coded; it must be sent plain."""

    status = 415
    code = "unsupported_content_encoding"


class UnknownModel(InvalidRequest):
    """No such model, or not for this key."""

    status = 404
    code = "model_not_found"


class UnknownRequest(InvalidRequest):
    """No such request, or not of this key's project."""

    status = 404
    code = "request_not_found"


class UnknownRoute(InvalidRequest):
    """No such URL."""

    status = 404
    code = "unknown_url"


class UnknownResource(InvalidRequest):
    """No such key, team, version or month, or not for this role."""

    status = 404
    code = "not_found"


class Conflict(InvalidRequest):
    """What is to be changed is in another state than the act needs."""

    status = 409
    code = "conflict"


class NotAuthenticated(TiergateError):
    """No key, a wrong key or a revoked one."""

    status = 401
    type = "authentication_error"
    code = "invalid_api_key"
    log_level = logging.INFO


class NotAllowed(TiergateError):
    """The key may not use that model, tier or route."""

    status = 403
    type = "permission_error"
    code = "not_allowed"
    log_level = logging.INFO


class NoCandidate(TiergateError):
    """Policy leaves nothing that may see this request: it fails closed."""

    status = 403
    type = "permission_error"
    code = "no_admissible_candidate"
    log_level = logging.WARNING


class Overloaded(TiergateError):
    """Every upstream is full; try again after `retry-after`."""

    status = 429
    type = "rate_limit_error"
    code = "overloaded"
    retryable = True
    log_level = logging.WARNING


class InsufficientQuota(TiergateError):
    """A budget is spent; the message says which, and when it begins anew."""

    status = 429
    type = "insufficient_quota"
    code = "insufficient_quota"
    log_level = logging.INFO


class RateLimited(TiergateError):
    """A limit on requests or tokens is reached; try again after `retry-after`."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    retryable = True
    log_level = logging.INFO


class UpstreamExhausted(TiergateError):
    """Every candidate failed."""

    status = 502
    type = "upstream_error"
    code = "upstream_failed"
    log_level = logging.WARNING


class UpstreamTimeout(UpstreamExhausted):
    """Every candidate failed, the last one by time."""

    status = 504
    code = "upstream_timeout"


class Unavailable(TiergateError):
    """The gateway cannot serve yet, or cannot record what it would spend."""

    status = 503
    type = "server_error"
    code = "unavailable"
    retryable = True
    log_level = logging.ERROR


def error_body(message: str, kind: str, code: str | None, param: str | None) -> bytes:
    """OpenAI's error body."""
    return orjson.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}})


def render(error: TiergateError) -> tuple[int, bytes, dict[str, str]]:
    """Status, JSON body and extra headers of `error`."""
    headers = {"x-should-retry": "true" if error.retryable else "false", **error.headers}
    return error.status, error_body(error.message, error.type, error.code, error.param), headers
