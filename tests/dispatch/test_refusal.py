"""What an upstream's error means: again, elsewhere, or the caller's own fault."""

from __future__ import annotations

import orjson
import pytest

from router.dispatch.refusal import CallerFault, Miss, read_refusal


def body(message: str = "no", **fields: object) -> bytes:
    return orjson.dumps({"error": {"message": message, **fields}})


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529, 599])
def test_passing_trouble_is_tried_again(status: int) -> None:
    """Overload and server errors may be over in a moment."""
    result = read_refusal(status, {}, body())
    assert isinstance(result, Miss) and result.again and result.endpoint_fault


def test_a_long_retry_after_goes_elsewhere_at_once() -> None:
    """A short one is obeyed, a long one is not waited for."""
    soon, late = (read_refusal(429, {"retry-after": wait}, body()) for wait in ("1", "30"))
    assert isinstance(soon, Miss) and soon.again and soon.delay == 1.0
    assert isinstance(late, Miss) and not late.again and late.busy


@pytest.mark.parametrize("status", [401, 403, 404, 302])
def test_a_refusal_of_the_gateway_itself_goes_elsewhere(status: int) -> None:
    """A wrong provider key or an unknown upstream model is not the app's fault."""
    result = read_refusal(status, {}, b"<html>")
    assert isinstance(result, Miss) and not result.again


@pytest.mark.parametrize(
    "reply",
    [body(code="context_length_exceeded"), body("This model's maximum context length is 4096 tokens")],
)
def test_a_request_that_is_too_long_here_may_fit_elsewhere(reply: bytes) -> None:
    """It counts against neither the endpoint nor the request."""
    result = read_refusal(400, {}, reply)
    assert isinstance(result, Miss) and not result.endpoint_fault and not result.again


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (body("bad tools", type="invalid_request_error", param="tools", code=None), "bad tools"),
        (b'{"object":"error","message":"old vllm","code":400}', "old vllm"),
        (b'{"error":"just text"}', "just text"),
        (b"<html>teapot", "HTTP 422: <html>teapot"),
        (b"", "HTTP 422: "),
    ],
)
def test_the_callers_fault_is_told_in_openais_shape(reply: bytes, message: str) -> None:
    """Whatever shape the upstream used."""
    result = read_refusal(422, {}, reply)
    assert isinstance(result, CallerFault) and result.status == 422
    assert orjson.loads(result.body)["error"]["message"] == message
