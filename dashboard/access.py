"""Who is looking, and the ledger as they may see it: `with access.ledger() as connection:` in every page."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from sqlalchemy import Connection, Engine

from dashboard.ledger import ledger_url, reading, reading_engine
from dashboard.signin import local, server
from dashboard.signin.claims import NoRole, principal_of
from dashboard.signin.document import OidcPart
from dashboard.signin.session import COOKIE
from router.domain.roles import Principal, Role
from router.record.engine import ledger_engine
from router.settings import read_settings

LOCAL = Principal("local", Role.ADMIN)
"""Whoever sits at the machine, where no sign-in is set up."""

_SKEW_SECONDS = 60
"""How far a provider's clock may be ahead."""


class NotSignedIn(Exception):
    """Nobody is known here yet. `over`: somebody was, for as long as a session lasts."""

    def __init__(self, *, over: bool = False) -> None:
        super().__init__("sign in again" if over else "sign in first")
        self.over = over


class NotHere(Exception):
    """No sign-in is set up, and whoever asks is not at this machine; the message says why."""


class NotAllowed(Exception):
    """Whoever asks may not do that; pages do not offer it to them."""


def principal() -> Principal:
    """Who this session is. Raises NotSignedIn, NotHere, NoRole, PolicyRejected, SettingsRefused.

    Asked anew at every look, so that a session ends where somebody signed out in another window.
    """
    found = server.entrance()
    if found.access.oidc is not None:
        return _of_claims(found.access.oidc, found.access.session_seconds)
    if found.sessions is not None:
        known = found.sessions.principal(st.context.cookies.get(COOKIE))
        if known is None:
            raise NotSignedIn(over=COOKIE in st.context.cookies)
        return known
    bound = st.get_option("server.address")
    why = local.exposed(bound) if bound else None
    why = why or local.stranger(st.context.ip_address, st.context.headers.to_dict())
    if why is not None:
        raise NotHere(why)
    return LOCAL


def _of_claims(oidc: OidcPart, seconds: int) -> Principal:
    """Streamlit keeps claims for a month; here they hold for a session from when the token was issued."""
    claims = st.user.to_dict()
    if not claims.get("is_logged_in"):
        raise NotSignedIn
    issued, now = claims.get("iat"), time.time()
    if not isinstance(issued, int | float) or issued > now + _SKEW_SECONDS or now >= issued + seconds:
        raise NotSignedIn(over=True)
    return principal_of(claims, oidc)


@contextmanager
def ledger() -> Iterator[Connection]:
    """One read-only transaction on what the one who is signed in may see. Raises LedgerProblem, and what
    `principal` raises."""
    with reading(ledger_url(os.environ), principal()) as connection:
        yield connection


@contextmanager
def everything() -> Iterator[Connection]:
    """The same beyond the teams of whoever is signed in: for statements.py, and nobody else."""
    who = principal()
    with reading(ledger_url(os.environ), Principal(who.name, Role.AUDITOR)) as connection:
        yield connection


@contextmanager
def planning() -> Iterator[Engine]:
    """A read-only engine on all of the ledger, for admins. Raises LedgerProblem, NotAllowed."""
    _admins_only()
    with reading_engine(ledger_url(os.environ)) as engine:
        yield engine


@contextmanager
def writing() -> Iterator[Engine]:
    """An engine that may put policies in force, for admins. Raises NotAllowed, UnsupportedDatabase."""
    _admins_only()
    url = read_settings().admin_ledger_url
    if url is None:
        raise NotAllowed("TIERGATE_ADMIN_DATABASE_URL is not set")
    engine = ledger_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _admins_only() -> None:
    who = principal()
    if who.role is not Role.ADMIN or who.limited_to is not None:
        raise NotAllowed(f"{who.name} is no admin of all teams")


__all__ = [
    "LOCAL", "NoRole", "NotAllowed", "NotHere", "NotSignedIn", "everything", "ledger", "planning",
    "principal", "writing",
]  # fmt: skip
