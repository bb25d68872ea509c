"""What receivers of alerts get: a real HTTP server and a real SMTP conversation, refusals included."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from router.budgets.alert import Alert
from router.budgets.send import BadReceiver, NotSent, receivers
from router.domain.budget_period import PeriodKind, period_of
from tests.budgets.build import NOON_US, UTC, usd

ALERT = Alert(
    "team-a", True, period_of(PeriodKind.MONTH, UTC, NOON_US), 80, NOON_US, usd(81.5), usd(100), usd(104),
    ("a@x.org",),
)  # fmt: skip


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        got: Any = self.server
        got.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(got.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


class _Mail(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        got: Any = self.server
        self.wfile.write(b"220 hello\r\n")
        while line := self.rfile.readline():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                message = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    message += part
                got.messages.append(message.decode())
            elif verb == b"RCPT":
                got.people.append(line.decode())
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
            if verb == b"QUIT":
                return


@pytest.fixture
def hook() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), _Hook)
    server.bodies, server.status = [], 200
    yield from _served(server)


@pytest.fixture
def mail() -> Iterator[Any]:
    server: Any = socketserver.TCPServer(("127.0.0.1", 0), _Mail)
    server.messages, server.people = [], []
    yield from _served(server)


def _served(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def url(server: Any, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{server.server_address[1]}"


def test_webhook_and_mail_are_told(hook: Any, mail: Any) -> None:
    """Both get the figures; the budget's own people and those of the settings get the mail."""
    receivers(url(hook), url(mail, "smtp+plain"), "gateway@x.org", "cfo@x.org, ops@x.org").send(ALERT)
    [body] = hook.bodies
    assert body | {"text": ""} == {
        "event": "budget_threshold", "budget": "team-a", "enforcement": "hard", "period": "2026-11",
        "percent": 80, "spent_usd": "81.5", "limit_usd": "100", "forecast_usd": "104", "text": "",
        "crossed_at": "2026-11-28T12:00:00Z", "resets_at": "2026-12-01T00:00:00Z",
    }  # fmt: skip
    assert "$81.50 of $100.00" in body["text"] and "$104.00" in body["text"]
    [message] = mail.messages
    assert "Subject: Budget team-a has reached 80% of 2026-11" in message
    assert {person.split("<")[1].split(">")[0] for person in mail.people} == {
        "a@x.org",
        "cfo@x.org",
        "ops@x.org",
    }


def test_who_was_not_told_is_said(hook: Any, mail: Any) -> None:
    """A webhook that refuses does not keep the mail from going out; no secret is in the message."""
    hook.status = 500
    secret = url(hook) + "/secret"
    with pytest.raises(NotSent, match=r"^webhook: HTTP 500$"):
        receivers(secret, url(mail, "smtp+plain"), "gateway@x.org", "").send(ALERT)
    assert len(mail.messages) == 1


def test_mail_without_encryption_is_not_sent_unless_said(mail: Any) -> None:
    """`smtp://` insists on STARTTLS, which this server does not offer."""
    with pytest.raises(NotSent, match="e-mail: SMTPNotSupportedError"):
        receivers(None, url(mail, "smtp"), "gateway@x.org", "").send(ALERT)
    assert mail.messages == []


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        (("ftp://x", None, None), "TIERGATE_ALERT_WEBHOOK_URL"),
        ((None, "http://x", "a@x"), "TIERGATE_SMTP_URL"),
        ((None, "smtps://x", None), "TIERGATE_ALERT_EMAIL_FROM"),
    ],
)
def test_settings_that_make_no_sense_are_named(given: tuple[Any, Any, Any], variable: str) -> None:
    """Before the gateway starts."""
    with pytest.raises(BadReceiver, match=variable):
        receivers(*given, "")
