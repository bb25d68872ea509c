"""Sends an alert to a webhook and by e-mail, as the settings say. Blocks; never on the event loop."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from router.budgets.alert import Alert

_TIMEOUT_S: Final = 10.0
_PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class NotSent(Exception):
    """Somebody was not told; the message says who and why, without a secret."""


class NobodyToTell(NotSent):
    """No setting and no budget names anybody: trying again is no use."""


class BadReceiver(Exception):
    """A setting that says whom to tell makes no sense."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server: `smtps` speaks TLS from the start, `smtp` insists on STARTTLS, `smtp+plain` on
    nothing."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None
    sender: str


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who is told: a URL, and people; None and empty: nobody."""

    webhook: str | None
    mail: Mail | None
    people: tuple[str, ...]

    def send(self, alert: Alert) -> None:
        """Tells all of them; when one cannot be told, the others are all the same. Raises NotSent,
        NobodyToTell."""
        people = sorted({*self.people, *alert.email})
        ways: list[Callable[[], None]] = []
        if self.webhook is not None:
            ways.append(lambda: _post(str(self.webhook), alert))
        if self.mail is not None and people:
            ways.append(lambda: _mail(self.mail, people, alert))
        if not ways:
            raise NobodyToTell("nobody is to be told: set TIERGATE_ALERT_WEBHOOK_URL or TIERGATE_SMTP_URL")
        failures = []
        for way in ways:
            try:
                way()
            except NotSent as failure:
                failures.append(str(failure))
        if failures:
            raise NotSent("; ".join(failures))


def receivers(webhook: str | None, smtp: str | None, sender: str | None, people: str) -> Receivers:
    """From the settings. Raises BadReceiver, naming the variable."""
    if webhook is not None and urlsplit(webhook).scheme not in ("http", "https"):
        raise BadReceiver("TIERGATE_ALERT_WEBHOOK_URL must be an http or https URL")
    named = tuple(name for name in (part.strip() for part in people.split(",")) if name)
    return Receivers(webhook, None if smtp is None else _server(smtp, sender), named)


def _server(url: str, sender: str | None) -> Mail:
    parts: SplitResult = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadReceiver("TIERGATE_SMTP_URL must be smtp://, smtps:// or smtp+plain:// with a host")
    if sender is None:
        raise BadReceiver("TIERGATE_ALERT_EMAIL_FROM must be set together with TIERGATE_SMTP_URL")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    port = parts.port or _PORTS[parts.scheme]
    return Mail(parts.scheme, parts.hostname, port, user, password, sender)


def _post(url: str, alert: Alert) -> None:
    try:
        reply = httpx.post(url, json=alert.document(), timeout=_TIMEOUT_S, follow_redirects=False)
    except httpx.HTTPError as error:
        raise NotSent(f"webhook: {type(error).__name__}") from None  # its message may hold the URL
    if not reply.is_success:
        raise NotSent(f"webhook: HTTP {reply.status_code}")


def _mail(mail: Mail | None, people: list[str], alert: Alert) -> None:
    assert mail is not None
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = alert.subject, mail.sender, ", ".join(people)
    message.set_content(alert.text + "\n")
    try:
        with _connected(mail) as server:
            if mail.user is not None:
                server.login(mail.user, mail.password or "")
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"e-mail: {type(error).__name__}: {mail.host}:{mail.port}") from None


def _connected(mail: Mail) -> smtplib.SMTP:
    if mail.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=_TIMEOUT_S, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT_S)
    if mail.scheme == "smtp":
        try:
            server.starttls(context=ssl.create_default_context())
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
    return server
