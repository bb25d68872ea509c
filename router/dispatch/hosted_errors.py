"""litellm's exceptions as what they were: the provider's reply, or one of the port's failures.

Why: litellm maps many causes to one class (a refused connection is `InternalServerError` 500, Anthropic's 529
too). The attempt loop needs the provider's own status, and whether the request can have been billed. So the
chain of causes is read, not only the last class. litellm is not imported here; its classes go by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import orjson

from router.dispatch.port import BrokenReply, ConnectFailed, TimedOut, UpstreamFailure
from router.dispatch.replies import BytesReply, Refused
from router.domain.catalog import Endpoint

NOT_DELIVERED = (httpx.ConnectError, httpx.ConnectTimeout, ConnectionRefusedError)
NOT_DELIVERED_BY_NAME = "ClientConnectorError"
"""aiohttp's, which litellm uses for some providers; by name, because only litellm brings aiohttp."""
KEPT_HEADERS = ("retry-after", "retry-after-ms", "x-should-retry", "x-request-id", "request-id")
CODES = {
    "ContextWindowExceededError": "context_length_exceeded",
    "UnsupportedParamsError": "unsupported_parameter",
}
"""OpenAI's codes for what litellm recognises in any provider's words."""

_LONGEST_CHAIN = 12
_MESSAGE_CHARS = 2_000
_PREFIX = re.compile(r"^(?:(?:litellm\.)?\w+(?:Error|Exception)(?:: | - ))+")
_ADVICE = ("\nTraceback", " Original exception: ", ". Handle with `litellm", ". To drop these, set `litellm")
"""What litellm puts around a message: its class names before, advice to its own users after."""


def error_reply(error: BaseException, endpoint: Endpoint) -> BytesReply | None:
    """The provider's error as a reply in OpenAI's shape, or None if no reply was had.

    Errors litellm raises itself about the request (a parameter the provider lacks) count as replies.
    """
    if _undelivered(error):
        return None
    response = _provider_response(error)
    status = response.status_code if response is not None else _local_status(error)
    if status is None:
        return None
    detail = _detail(response)
    code = next((code for name, code in CODES.items() if _named(error, name)), detail.get("code"))
    refused = Refused(
        _clean(str(detail.get("message") or error), endpoint),
        status=status,
        kind=str(detail.get("type") or detail.get("status") or _kind(status)),
        code=code if isinstance(code, str) else None,
        param=detail.get("param") if isinstance(detail.get("param"), str) else None,
    )
    headers = response.headers if response is not None else {}
    return refused.reply({name: headers[name] for name in KEPT_HEADERS if name in headers})


def failure(error: BaseException, endpoint: Endpoint, *, whole: bool = False) -> UpstreamFailure:
    """The port's failure for an error without a reply. `whole`: the answer was to come in one piece."""
    message = f"endpoint {endpoint.id}: {_clean(str(error), endpoint)}"
    if _undelivered(error):
        return ConnectFailed(message)
    if _named(error, "Timeout") or _is_any(error, (httpx.TimeoutException, TimeoutError)):
        if whole:
            return TimedOut("total", endpoint.total_timeout)
        return TimedOut("first_byte", endpoint.first_byte_timeout)
    return BrokenReply(message)


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__


def _is_any(error: BaseException, kinds: tuple[type[BaseException], ...]) -> bool:
    return any(isinstance(link, kinds) for link in _chain(error))


def _undelivered(error: BaseException) -> bool:
    by_name = any(_named(link, NOT_DELIVERED_BY_NAME) for link in _chain(error))
    return by_name or _is_any(error, NOT_DELIVERED)


def _named(error: BaseException, name: str) -> bool:
    return any(kind.__name__ == name for kind in type(error).__mro__)


def _provider_response(error: BaseException) -> httpx.Response | None:
    """The HTTP error reply at the root. litellm's own classes carry made-up responses: not those."""
    for link in _chain(error):
        response = getattr(link, "response", None)
        genuine = isinstance(link, httpx.HTTPStatusError) or type(link).__module__.startswith("openai")
        if genuine and isinstance(response, httpx.Response) and response.status_code >= 400:
            return response
    return None


def _local_status(error: BaseException) -> int | None:
    """The 4xx of an error litellm raised about the request without asking the provider."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and 400 <= status < 500 and not _named(error, "Timeout"):
        return status
    return None


def _detail(response: httpx.Response | None) -> Mapping[str, Any]:
    """The `error` object that OpenAI, Anthropic, Google and most others put into their bodies."""
    try:
        body = orjson.loads(response.content) if response is not None else {}
    except (orjson.JSONDecodeError, httpx.ResponseNotRead, httpx.StreamError):
        return {}
    detail = body.get("error") if isinstance(body, dict) else None
    return detail if isinstance(detail, dict) else {}


def _kind(status: int) -> str:
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    return kinds.get(status, "invalid_request_error" if status < 500 else "server_error")


def _clean(message: str, endpoint: Endpoint) -> str:
    if endpoint.api_key:
        message = message.replace(endpoint.api_key, "[key]")
    for advice in _ADVICE:
        message = message.partition(advice)[0]
    return _PREFIX.sub("", message)[:_MESSAGE_CHARS]
