"""Bytes that no well-meant client sends. Each ends in a clear answer, and the gateway serves on."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.contract.chat import user
from tests.contract.conftest import Desk
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.until import until

PATH = "/v1/chat/completions"


@pytest.fixture(scope="module")
def hurried(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that waits half a second for a body."""
    folder = tmp_path_factory.mktemp("hurried")
    with running_gateway(folder, desk.gateway.policy_dir, body_timeout="0.5") as gateway:
        yield gateway


@pytest.fixture
def gateway(hurried: Gateway) -> Iterator[Gateway]:
    """After each test the gateway is the same process, answers, and has logged no defect of its own."""
    pid, logged = hurried.pid, len(hurried.log())
    yield hurried
    assert hurried.process is not None and hurried.process.poll() is None
    assert hurried.pid == pid
    with hurried.client() as client:
        assert client.chat.completions.create(model="big", messages=user()).choices
    assert "Traceback" not in hurried.log()[logged:]


def connect(gateway: Gateway) -> closing[socket.socket]:
    return closing(socket.create_connection(("127.0.0.1", gateway.port), 20))


def head(gateway: Gateway, *lines: str, method: str = "POST", path: str = PATH) -> bytes:
    """A request head with a valid key."""
    fixed = (f"{method} {path} HTTP/1.1", "host: gateway", f"authorization: Bearer {gateway.token}")
    return "\r\n".join([*fixed, *lines, "", ""]).encode("latin-1")


def post(gateway: Gateway, body: bytes, *lines: str) -> bytes:
    """A whole request."""
    return head(gateway, f"content-length: {len(body)}", *lines) + body


def chat(**more: Any) -> bytes:
    return json.dumps({"model": "big", "messages": user(), **more}).encode()


def read(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of one response with a length."""
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(65_536)):
        data += more
    top, _, body = data.partition(b"\r\n\r\n")
    length = int(top.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length and (more := connection.recv(65_536)):
        body += more
    return int(top.split()[1]), body


def send(gateway: Gateway, data: bytes) -> tuple[int, str]:
    """Status and error code of what the gateway answers to `data`."""
    with connect(gateway) as connection:
        connection.sendall(data)
        status, body = read(connection)
    error = json.loads(body)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return status, error["code"]


NO_CHAT = {
    "nothing": b"",
    "no JSON": b"hello",
    "half": b'{"model": "big", "messages": [',
    "an array": b"[]",
    "a string": b'"auto"',
    "null": b"null",
    "NaN": b'{"model": "big", "messages": [], "temperature": NaN}',
    "invalid UTF-8": b'{"model": "big", "messages": [{"role": "user", "content": "\xff\xfe"}]}',
    "a lone surrogate": b'{"model": "big", "messages": [{"role": "user", "content": "\\ud800"}]}',
    "UTF-16": chat().decode().encode("utf-16"),
    "compressed": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "nested": b'{"model": "big", "messages": [], "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested a little": chat(x=json.loads("[" * 400 + "]" * 400)),
    "nested objects": chat(x=json.loads('{"a":' * 300 + "1" + "}" * 300)),
    "a huge number": b'{"model": "big", "messages": [], "x": 1e999}',
}


@pytest.mark.parametrize("body", NO_CHAT.values(), ids=NO_CHAT)
def test_no_chat(gateway: Gateway, body: bytes) -> None:
    """A body that is no chat request is a 400."""
    status, code = send(gateway, post(gateway, body))
    assert (status, code) in [(400, "invalid_json"), (400, "invalid_value")]


def test_deep_but_sendable(gateway: Gateway) -> None:
    """Nesting as deep as any tool schema is no problem."""
    with connect(gateway) as connection:
        connection.sendall(post(gateway, chat(x=json.loads("[" * 200 + "]" * 200))))
        assert read(connection)[0] == 200


BIG = 50_000_000


def test_too_large_declared(gateway: Gateway) -> None:
    """A 50 MB body is a 413 that the client reads after sending, and takes no memory."""
    before = rss(gateway)
    with connect(gateway) as connection:
        connection.sendall(head(gateway, f"content-length: {BIG}"))
        for _ in range(BIG // 1_000_000):
            connection.sendall(bytes(1_000_000))
        status, body = read(connection)
    assert (status, json.loads(body)["error"]["code"]) == (413, "request_too_large")
    assert rss(gateway) - before < 10_000_000


def test_too_large_chunked(gateway: Gateway) -> None:
    """The same without a declared length: memory stays within twice the limit."""
    before = rss(gateway)
    piece = b"%x\r\n%b\r\n" % (1_000_000, bytes(1_000_000))
    with connect(gateway) as connection:
        connection.sendall(head(gateway, "transfer-encoding: chunked"))
        for _ in range(BIG // 1_000_000):
            connection.sendall(piece)
        connection.sendall(b"0\r\n\r\n")
        status, body = read(connection)
    assert (status, json.loads(body)["error"]["code"]) == (413, "request_too_large")
    assert rss(gateway) - before < 45_000_000


def rss(gateway: Gateway) -> int:
    """Bytes of memory of the gateway's process."""
    told = subprocess.run(("ps", "-o", "rss=", "-p", str(gateway.pid)), capture_output=True, check=True)
    return int(told.stdout) * 1024


@pytest.mark.parametrize("sent", [b"", b'{"model": "big", '])
def test_body_never_comes(gateway: Gateway, sent: bytes) -> None:
    """A client that announces a body and falls silent is told so after the time allowed."""
    assert send(gateway, head(gateway, "content-length: 100") + sent) == (400, "body_timeout")


@pytest.mark.parametrize("path", [PATH, "/v1/route"])
def test_hang_up_in_the_body(gateway: Gateway, path: str) -> None:
    """A client that leaves in the middle of its body leaves nothing behind."""
    with connect(gateway) as connection:
        connection.sendall(head(gateway, "content-length: 1000", path=path) + b'{"model"')
    until(lambda: b"tiergate_requests_in_flight 0.0" in gateway.get("/metrics")[1])


def test_reset_while_answered(gateway: Gateway, desk: Desk) -> None:
    """A client that resets its connection while it is answered ends as cancelled, not as an error."""
    body = chat(model="slowpoke", stream=True, max_tokens=4_000, metadata={"sandbox_fault": "loop"})
    with connect(gateway) as connection:
        connection.sendall(post(gateway, body, "x-request-id: reset"))
        connection.recv(1_000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    assert gateway.named_row("reset")["outcome"] == "cancelled"
    until(lambda: desk.slow.record.running == 0)


def test_pipelined(gateway: Gateway) -> None:
    """Requests sent without waiting are answered in order on their connection."""
    with connect(gateway) as connection:
        connection.sendall(b"".join(post(gateway, chat(), f"x-request-id: p-{n}") for n in range(3)))
        seen = b""
        while seen.count(b"chat.completion") < 3:
            seen += connection.recv(65_536)
    assert seen.index(b"p-0") < seen.index(b"p-1") < seen.index(b"p-2")


def test_expect_continue(gateway: Gateway) -> None:
    """A client that asks before sending its body is told to go on."""
    body = chat()
    with connect(gateway) as connection:
        connection.sendall(head(gateway, f"content-length: {len(body)}", "expect: 100-continue"))
        assert connection.recv(1_000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert read(connection)[0] == 200


OFFER = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAEAAEAAAAIAAAAAAAMAAAAA")
"""What Java's HTTP client sends with every request without TLS."""


def test_offer_of_http_2(gateway: Gateway) -> None:
    """An offer to change the protocol is ignored: the body is read, and the connection serves on."""
    with connect(gateway) as connection:
        for _ in range(2):
            connection.sendall(post(gateway, chat(), *OFFER))
            assert read(connection)[0] == 200


def test_offer_before_the_body(gateway: Gateway) -> None:
    """Also where the body comes after the head."""
    body = chat()
    with connect(gateway) as connection:
        connection.sendall(head(gateway, f"content-length: {len(body)}", "expect: 100-continue", *OFFER))
        assert connection.recv(1_000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert read(connection)[0] == 200


def test_chunked_offer_of_http_2(gateway: Gateway) -> None:
    """So is one with a chunked body, and with the next request right behind it."""
    first = head(gateway, "transfer-encoding: chunked", "x-request-id: o-1", *OFFER)
    body = chat()
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    with connect(gateway) as connection:
        connection.sendall(first + chunks + post(gateway, chat(), "x-request-id: o-2", *OFFER))
        seen = b""
        while seen.count(b"chat.completion") < 2:
            seen += connection.recv(65_536)
    assert seen.index(b"o-1") < seen.index(b"o-2")


def test_offer_with_many_headers(gateway: Gateway) -> None:
    """What comes with an offer is held to the same limits."""
    many = (f"x-{n}: 1" for n in range(200))
    assert send(gateway, head(gateway, *OFFER, *many)) == (431, "invalid_http")


@pytest.mark.parametrize("host", ["[", "[::1", "a" * 5_000, "x:99999999", "é", "../../etc", "%00"])
@pytest.mark.parametrize("path", [PATH, "/nowhere"])
def test_odd_hosts(gateway: Gateway, host: str, path: str) -> None:
    """Nothing depends on the Host header."""
    data = head(gateway, "content-length: 0", path=path).replace(b"host: gateway", b"host: " + host.encode())
    assert send(gateway, data)[0] == (400 if path == PATH else 404)


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/9.9",
        "BREW /pot HTTP/1.1",
        "\x16\x03\x01\x02\x00\x01\x00",
        f"POST {PATH} HTTP/1.1\r\ncontent-length: -1",
        f"POST {PATH} HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2",
        f"POST {PATH} HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked",
        f"POST {PATH} HTTP/1.1\r\nbad header\x01: x",
    ],
)
def test_no_http(gateway: Gateway, line: str) -> None:
    """What is no HTTP is a 400 in the same shape as every other error."""
    assert send(gateway, line.encode("latin-1") + b"\r\n\r\n") == (400, "invalid_http")
    assert re.search(r"(?m)^\d{4}-\d\d-\d\d \S+ WARNING uvicorn.error: Invalid HTTP", gateway.log())


def test_long_header(gateway: Gateway) -> None:
    """Headers without end are cut off with a 431 before they fill memory."""
    before = rss(gateway)
    with connect(gateway) as connection:
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nx-long: ".encode())
        with pytest.raises(OSError):
            for _ in range(500):
                connection.sendall(b"a" * 100_000)
    assert rss(gateway) - before < 10_000_000


def test_long_header_is_told(gateway: Gateway) -> None:
    """A client that reads while it sends learns why."""
    with connect(gateway) as connection:
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nx-long: ".encode() + b"a" * 65_536)
        status, body = read(connection)
    assert (status, json.loads(body)["error"]["code"]) == (431, "invalid_http")


@pytest.mark.parametrize("given", ["a" * 300, "é", ""])
def test_odd_request_ids(gateway: Gateway, given: str) -> None:
    """A request id that cannot be repeated safely is replaced by the gateway's own."""
    with connect(gateway) as connection:
        connection.sendall(post(gateway, chat(), f"x-request-id: {given}", "connection: close"))
        top = connection.makefile("rb").read().partition(b"\r\n\r\n")[0].decode("latin-1").lower()
    told = dict(line.split(": ", 1) for line in top.split("\r\n")[1:])
    assert told["x-request-id"] == told["x-tiergate-request-id"]


@pytest.mark.parametrize("value", ["Basic dGc6eA==", "tg-x", "", "Bearer", "Bearer  ", "Digest a=b"])
def test_other_schemes(gateway: Gateway, value: str) -> None:
    """Only a bearer token opens the door, and whatever else is sent never reaches a log."""
    data = post(gateway, chat()).replace(f"Bearer {gateway.token}".encode(), value.encode())
    status, _ = send(gateway, data)
    assert status == 401
    assert "dGc6eA" not in gateway.log()


def test_scheme_in_any_case(gateway: Gateway) -> None:
    """The scheme's case does not matter, as HTTP says."""
    with connect(gateway) as connection:
        connection.sendall(post(gateway, chat()).replace(b"Bearer", b"bEaReR"))
        assert read(connection)[0] == 200


def test_slow_reader(gateway: Gateway, desk: Desk) -> None:
    """A client that does not read holds the upstream back; memory does not grow with the answer."""
    body = chat(stream=True, max_tokens=15_000, metadata={"sandbox_fault": "loop"})
    before = rss(gateway)
    with connect(gateway) as connection:
        connection.sendall(post(gateway, body, "x-request-id: slow-reader"))
        connection.recv(1)
        until(lambda: desk.abroad.record.running > 0 or gateway.query("SELECT 1 FROM requests"))
        assert rss(gateway) - before < 30_000_000
        tail = b""
        while b"[DONE]" not in tail:
            tail = tail[-100:] + connection.recv(1_000_000)
    assert gateway.named_row("slow-reader")["http_status"] == 200


def test_many_headers(gateway: Gateway) -> None:
    """However small they are; one fewer than too many is served."""
    lines = [f"x-a{n}: 1" for n in range(125)]
    assert send(gateway, post(gateway, b"{}", *lines, "x-one: more"))[0] == 431
    assert send(gateway, post(gateway, b"{}", *lines[:-1]))[0] == 400
