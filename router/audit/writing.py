"""How a verb of the command line gets at the audit log, and who it says is acting."""

from __future__ import annotations

import getpass
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from sqlalchemy import Engine

from router.audit.anchors import FILE, Anchors
from router.audit.entry import Act, Action, Actor, Detail
from router.audit.keys import read_keys
from router.audit.log import AuditLog
from router.record.command import ledger_exists, open_ledger
from router.settings import Settings, read_settings


def open_audit(settings: Settings, tell: Callable[[str], None] | None = None) -> AuditLog:
    """The log as the settings say; `tell` gets every signed head. Raises SettingsRefused, OSError."""
    anchors = Anchors(settings.audit_anchors or settings.data_dir / FILE, tell)
    return AuditLog(read_keys(settings), anchors)


@dataclass(frozen=True, slots=True)
class Desk:
    """A log and who writes in it."""

    log: AuditLog
    actor: Actor

    def act(self, action: Action, target: str, detail: Detail, at_us: int | None = None) -> Act:
        """Done now, or at `at_us`."""
        return Act(self.actor, action, target, at_us or time.time_ns() // 1000, detail)


@contextmanager
def desk(engine: Engine, by: str | None = None) -> Iterator[Desk]:
    """For the time of one verb on an open ledger. What it entered is anchored when it is done. `by` is who it
    was said to be; the user of this machine is entered beside that. Raises SettingsRefused, OSError."""
    log = open_audit(read_settings())
    user = user_name()
    yield Desk(log, Actor(by or user, f"cli {user}@{socket.gethostname()}"))
    log.anchor(engine)


def with_entry(action: Action, target: str, detail: Detail, change: Callable[[], None]) -> None:
    """A change of files with its entry in the audit log; neither is made without the other. Where there is no
    ledger yet, as on a machine where files are only prepared, there is no log, and the gateway that takes
    them up enters that. Raises what `change` does, SettingsRefused, OSError."""
    if not ledger_exists():
        change()
        return
    failed: list[OSError] = []
    try:
        with open_ledger() as engine, desk(engine) as audit, engine.begin() as connection:
            audit.log.append(connection, audit.act(action, target, detail))
            try:
                change()
            except OSError as error:
                failed.append(error)
                raise
    except click.ClickException:  # what `open_ledger` makes of the ledger's troubles, and of any other
        if failed:
            raise failed[0] from None
        raise


def gateway_actor() -> Actor:
    """A gateway that acts by itself."""
    return Actor("gateway", f"gateway {socket.gethostname()}")


def user_name() -> str:
    """Of this machine; a user without a name, as in a container, by number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
