"""Who reads operator routes: never by what a header says of where the caller is."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Request

from router.api import operator_only
from router.errors import NotAllowed
from router.settings import Settings

LOCAL, AFAR = ("127.0.0.1", 1), ("10.0.0.9", 1)


def request(client: tuple[str, int] | None, **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/metrics",
        "headers": raw,
        "client": client,
    }
    return Request(scope)


@pytest.mark.parametrize(
    ("client", "headers", "let_in"),
    [
        (LOCAL, {}, True),
        (("::1", 1), {"host": "gateway.example.com"}, True),
        (AFAR, {}, False),
        (None, {}, False),
        (AFAR, {"host": "127.0.0.1"}, False),
        (AFAR, {"x_forwarded_for": "127.0.0.1", "forwarded": "for=127.0.0.1"}, False),
        (LOCAL, {"x_forwarded_for": "203.0.113.7"}, False),
        (LOCAL, {"x_real_ip": "203.0.113.7"}, False),
    ],
)
def test_only_the_operator(client: tuple[str, int] | None, headers: dict[str, str], let_in: bool) -> None:
    """Without a token callers on this machine, none that a proxy on it speaks for; with one, who has it."""
    open_to_local, with_token = Settings(admin_token=None), Settings(admin_token="operator")  # type: ignore[arg-type]
    if let_in:
        operator_only(request(client, **headers), open_to_local)
    else:
        with pytest.raises(NotAllowed):
            operator_only(request(client, **headers), open_to_local)
    operator_only(request(client, **headers, authorization="Bearer operator"), with_token)
    for token in ("", "Bearer", "Bearer operato", "Bearer operator2", "Bearer tg-key"):
        with pytest.raises(NotAllowed):
            operator_only(request(client, **headers, authorization=token), with_token)
